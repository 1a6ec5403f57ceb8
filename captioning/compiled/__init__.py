"""The network as a processor runs it fastest: compiled by OpenVINO from the tensors of a model file, without torch.

It says what the network of `captioning.network` says, up to rounding; a test holds the two together. Public:
`obstacles.obstacle`, which tells what keeps a model from it, and `captioner.CompiledCaptioner`.
"""
