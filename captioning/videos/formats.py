"""Which files are taken for videos, and the only demultiplexers that a file can reach."""

from __future__ import annotations

VIDEO_SUFFIXES = frozenset(
    f".{ending}"
    for ending in (
        *("mp4", "m4v", "mov", "qt", "3gp", "3g2", "mkv", "webm", "avi", "divx", "mts", "m2ts", "m2t", "mpg", "mpeg"),
        *("mpe", "m2v", "vob", "mod", "tod", "wmv", "asf", "flv", "f4v", "ogv", "dv", "mxf", "insv"),
    )
)
"""File name endings, in lower case, that are taken for videos.

`.ts` is not among them: in most folders it ends the names of programs in TypeScript.
"""

DEMULTIPLEXERS = (
    *("mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "avi", "mpegts", "mpeg", "mpegvideo", "asf", "flv", "ogg", "dv"),
    "mxf",
)
"""FFmpeg's names of the containers that are read, whatever a file is called.

Others of its demultiplexers open what a file names, on this machine or on others: playlists, descriptions of streams.
"""

# Without a protocol FFmpeg opens nothing but what it is given.
CONTAINER_OPTIONS = {"format_whitelist": ",".join(DEMULTIPLEXERS), "protocol_whitelist": "none"}
"""With which every video is opened."""

_NAMES = {
    "avi": "AVI",
    "mpegts": "MTS",
    "mpeg": "MPG",
    "mpegvideo": "MPG",
    "asf": "WMV",
    "flv": "FLV",
    "ogg": "OGV",
    "dv": "DV",
    "mxf": "MXF",
}

_BRAND_NAMES = {"qt": "MOV", "m4v": "M4V", "3gp": "3GP", "3g2": "3G2"}


def printed_format(demultiplexer: str, *, brand: str, head: bytes) -> str:
    """What people call a container.

    Args:
        demultiplexer: FFmpeg's name of what reads it.
        brand: The main one that an ISO container says it has.
        head: The file's first bytes.
    """
    if demultiplexer.startswith("matroska"):
        return "WEBM" if b"webm" in head else "MKV"
    if demultiplexer.startswith("mov"):
        # What says nothing of itself is as old as QuickTime.
        return _BRAND_NAMES.get(brand.strip().lower()[:3], "MP4") if brand else "MOV"
    return _NAMES.get(demultiplexer, demultiplexer.upper())
