"""Measures of a model through the engine that answers people, and the fit of its probabilities."""
