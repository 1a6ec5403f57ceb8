"""Tests of `captioning/training`."""
