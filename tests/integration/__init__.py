"""Tests of what happens when a library is killed, fed nonsense, or written to by several at once."""
