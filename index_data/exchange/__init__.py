"""Captions and tags as files that other programs read and write."""

from __future__ import annotations
