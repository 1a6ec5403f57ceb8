"""The review: the queue of captions, the card of one photograph, and the keys that judge it.

`screen.ReviewScreen` is its public name.
"""
