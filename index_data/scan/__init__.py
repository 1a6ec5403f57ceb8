"""How folders come into a library: walk, plan, decode, describe, write.

Public: `pipeline.index_folders`, `watch.watch_folders`, the `events` they tell, `ignore.Selection`.
"""
