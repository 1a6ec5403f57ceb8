"""Tests of `index_data/vectors`."""
