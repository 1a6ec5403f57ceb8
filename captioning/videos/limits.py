"""What decoding a video may cost."""

from __future__ import annotations

SECONDS = 30.0
"""From one frame to the next a decoder may take as long as this; then the video is set aside."""

TOO_SLOW = f"decoding a frame of it takes longer than {SECONDS:.0f} seconds"

MAX_PIXELS = 70_000_000
"""A video whose frames have more pixels is refused; 8K has 35 million."""

MEMORY = 4 * 2**30
"""Address space of decoding: some dozen frames of 8K that a decoder refers to, and its threads."""

HELD_BYTES = 64 * 2**20
"""Of a video's packets that wait until it is known whether they are decoded."""

MOST_THREADS = 4
"""That decode: each has frames of its own in memory."""
