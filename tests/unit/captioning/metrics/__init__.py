"""Tests of the measures, against numbers worked out by hand and against published implementations."""
