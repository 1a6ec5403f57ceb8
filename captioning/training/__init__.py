"""How a model is made from captioned pictures; inference imports nothing of it.

Public: `trainer.Trainer` and the events that it yields, `distributed.joined`, `datasets.read_captions`.
"""
