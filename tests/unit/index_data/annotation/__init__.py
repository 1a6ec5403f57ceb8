"""Tests of `index_data/annotation`."""
