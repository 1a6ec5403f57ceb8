"""What only SQLite understands: connections, upserts, full text, backups, merging; a second database gets a sibling.

Its modules: `connection`, `session`, `sql_parts`, `revision`, `upsert`, `pattern`, `full_text`, `word_tables`,
`touch_log`, `cells`, `foreign_words`, `backup`, `merge`, `change_watch`.
"""
