"""What only SQLite understands: connections, full text, backups, merging; a second database gets a sibling.

Its modules: `database`, `connection`, `session`, `revision`, `full_text`, `word_tables`, `sightings`, `touch_log`,
`cells`, `foreign_words`, `backup`, `merge`, `change_watch`.
"""
