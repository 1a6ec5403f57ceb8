"""What is done with words without torch: the NumPy text encoder, out-of-vocabulary words, keywords.

Public: `numpy_text_encoder.NumpyTextEncoder`, `out_of_vocabulary.Substitute`, `keywords.keyword_targets`.
"""
