"""Tests of `search/tui/services`."""
