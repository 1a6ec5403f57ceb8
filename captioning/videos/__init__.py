"""Videos: their frames as people see them, the shots that they fall into, and clips cut out of them."""

from captioning.videos.facts import VideoFacts
from captioning.videos.formats import VIDEO_SUFFIXES
from captioning.videos.reader import SampledFrame, frames_between, read_facts, read_frame, sampled_frames

__all__ = [
    "VIDEO_SUFFIXES",
    "SampledFrame",
    "VideoFacts",
    "frames_between",
    "read_facts",
    "read_frame",
    "sampled_frames",
]
