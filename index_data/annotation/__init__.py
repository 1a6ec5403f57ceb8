"""What people say of photographs: actions with undo, the review's queue, and what is doubtful."""
