"""How sentences are written with a network: beam search, its incremental decoder, and reranking.

Public: `beam_search.beam_search` and its `Sentences`, `reranking.rerank`, `incremental.incremental_decoder`.
"""
