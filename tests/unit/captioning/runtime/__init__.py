"""Tests of `captioning/runtime`."""
