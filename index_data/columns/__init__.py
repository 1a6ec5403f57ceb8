"""What queries weigh and filter of every photograph, computed once and kept in columns: a cache of the catalogue.

Public: `cache.ColumnCache`, `columns.Columns`, `masks.meeting`, `stems.stems_of`, `hubness.hubness`.
"""
