"""Tests of `search/engine`."""
