"""How a model is made from captioned pictures; inference imports nothing of it."""
