"""Tests of `index_data/maintenance`."""
