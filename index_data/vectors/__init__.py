"""The vector indexes: FAISS files that are caches of the catalogue's vectors."""
