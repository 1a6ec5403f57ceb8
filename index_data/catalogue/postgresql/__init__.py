"""What only PostgreSQL understands: connections, locks, its words for statements, full text by tsvector, pgvector.

Its modules: `database`, `connection`, `vector_type`, `session`, `elements`, `functions`, `migration`, `nearest`,
`kept_files`.
"""
