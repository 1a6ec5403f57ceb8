"""Tests of `search/tui/graphics`."""
