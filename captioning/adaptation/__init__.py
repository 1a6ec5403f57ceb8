"""Learns from the captions of one person: what is small of a model, on kept features of its frozen backbone."""
