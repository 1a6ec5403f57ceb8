"""Tests of `search/tui/review`."""
