"""Tests of `index_data/scan`."""
