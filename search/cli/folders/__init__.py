"""The folders that a library keeps up to date, and what is left out in each: a module for each command.

`group.folders` holds them all.
"""
