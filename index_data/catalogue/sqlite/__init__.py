"""What only SQLite understands: connections, upserts, full text, backups, merging; a second database gets a sibling.

Its modules: `connection`, `revision`, `upsert`, `pattern`, `full_text`, `backup`, `merge`, `change_watch`.
"""
