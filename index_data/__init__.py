"""What is kept: the catalogue in SQLite, the vectors in FAISS, and the pipeline that fills both."""
