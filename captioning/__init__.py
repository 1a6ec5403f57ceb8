"""The model: tensors in, tensors out; it knows no database, no index and no screen."""
