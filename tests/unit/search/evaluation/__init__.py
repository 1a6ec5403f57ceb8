"""Tests of `search/evaluation`."""
