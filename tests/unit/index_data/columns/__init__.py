"""Tests of `index_data/columns`."""
