"""Tests of `captioning/decoding`."""
