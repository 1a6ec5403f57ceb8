"""Decoding in processes of their own: what such a program does, and how another asks it."""
