"""How sentences are written with a network: beam search, its incremental decoder, and reranking."""
