"""Captions and tags as files that other programs read and write.

Public: `transfer`, which carries words out of a library and into it; `formats`; a module for each format.
"""
