"""What is kept: the catalogue in SQLite, the vectors in FAISS, and the pipeline that fills both.

Open a library with `library.Library`; fill it with `scan.pipeline.index_folders`.
"""
