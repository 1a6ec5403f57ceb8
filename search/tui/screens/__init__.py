"""The other screens, and the windows that several screens open."""
