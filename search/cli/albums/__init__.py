"""Albums and saved searches: a module for each command.

`group.albums` holds them all.
"""
