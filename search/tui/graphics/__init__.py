"""How photographs become lines of a terminal."""
