"""The layers as pure modules without device or file: encoders, caption decoders, the joint space.

Public: `model.CaptionNetwork`, `model.build_network`, `backbones.build_backbone`, `sentence_batches`.
"""
