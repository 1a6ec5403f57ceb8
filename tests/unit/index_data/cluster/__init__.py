"""Tests of `index_data.cluster`."""
