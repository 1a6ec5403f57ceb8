"""Tests of `captioning/text`."""
