"""What people use: the engine that answers, and the faces on it."""
