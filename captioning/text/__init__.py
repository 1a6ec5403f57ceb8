"""What is done with words without torch: the NumPy text encoder, out-of-vocabulary words, keywords."""
