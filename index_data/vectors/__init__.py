"""The vector indexes: FAISS files that are caches of the catalogue's vectors.

Public: `cache.VectorIndexes`, `index.VectorIndex`, `kinds.choose_kind`.
"""
