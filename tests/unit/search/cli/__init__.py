"""Tests of `search/cli`."""
