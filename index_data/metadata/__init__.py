"""What cameras and other programs wrote into and beside photographs, in all the shapes in which they write it."""
