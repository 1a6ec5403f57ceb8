"""People's word on captions and tags, for scripts and for those who like to type: a module for each command.

`group.review` holds them all.
"""
