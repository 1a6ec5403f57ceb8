"""Tests of `captioning/network`."""
