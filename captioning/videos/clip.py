"""Cuts a moment out of a video: its packets, pictures and sound, are copied, and nothing is encoded anew."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from captioning.errors import UnreadableVideoError
from captioning.files import replacing
from captioning.videos.formats import CONTAINER_OPTIONS

if TYPE_CHECKING:
    from av.container import InputContainer, OutputContainer

_CONTAINERS = {
    ".3gp": "3gp",
    ".avi": "avi",
    ".flv": "flv",
    ".m2ts": "mpegts",
    ".m4v": "mp4",
    ".mkv": "matroska",
    ".mov": "mov",
    ".mp4": "mp4",
    ".mpeg": "vob",
    ".mpg": "vob",
    ".mts": "mpegts",
    ".ogv": "ogg",
    ".ts": "mpegts",
    ".webm": "webm",
    ".wmv": "asf",
}
"""FFmpeg's name of what a file of an ending holds."""

_SOUND_BEHIND = 1.0
"""Seconds that the sound of a picture may lie behind it in the file."""

_STEP_BACK = 10.0
"""Seconds before a time in which most films have a key frame."""

_NEARLY = 0.001
"""A time that was rounded still means the frame that it was of."""


def cut_clip(
    source: str | bytes | os.PathLike[str], target: Path, *, start: float, end: float, force: bool = False
) -> None:
    """Writes the part of a video between two times to a file of its own, whole or not at all.

    It begins with the last key frame at or before `start`, since what follows one cannot be shown without it.

    Args:
        source: The video.
        target: The file, of the same container as the video.
        start: Seconds from the beginning.
        end: Seconds from the beginning; the first picture of that time or later is left out.
        force: Replace a file that is there.

    Raises:
        FileExistsError: There is a file already, and nobody said that it may be replaced, or it is the video itself.
        UnreadableVideoError: The video cannot be read, has no pictures there, or cannot be written to such a file.
        OSError: The disk is full, or the folder is missing or takes no files.
    """
    import av

    path = os.fsdecode(source)
    if os.path.lexists(target) and (not force or (target.exists() and target.samefile(path))):
        raise FileExistsError(errno.EEXIST, "it is there already", str(target))
    container = _CONTAINERS.get(target.suffix.lower())
    if container is None:
        raise UnreadableVideoError(f"no clip can be cut into a file that ends in '{target.suffix}'")
    with replacing(target, private=False, durable=True) as fresh:
        try:
            with (
                Path(path).open("rb") as file,
                av.open(file, "r", container_options=CONTAINER_OPTIONS, metadata_errors="replace") as video,
                av.open(str(fresh), "w", format=container) as clip,
            ):
                _copy(video, clip, start=start, end=end)
        except av.FFmpegError as error:
            raise UnreadableVideoError(f"no clip could be cut out of it ({error.strerror})") from error
        except ValueError as error:  # PyAV's own, of a codec that the container has no place for
            raise UnreadableVideoError(f"no clip could be cut out of it ({error})") from error


def _copy(video: InputContainer, clip: OutputContainer, *, start: float, end: float) -> None:
    if not video.streams.video:
        raise UnreadableVideoError("there are no pictures in it")
    pictures: Any = video.streams.video[0]
    copies: dict[Any, Any] = {
        stream: clip.add_stream_from_template(stream) for stream in (pictures, *video.streams.audio)
    }
    clip.metadata.update(video.metadata)
    first = _seconds(pictures, pictures.start_time or 0)
    base = _sought_key_frame(video, pictures, first + start)
    begun = is_there = False
    for packet in _until(video.demux(list(copies)), pictures, first + end):
        seconds = _seconds(packet, packet.pts)
        begun |= packet.stream is pictures and packet.is_keyframe and seconds >= base
        # Sound before the first picture, and pictures that lean on one before it, cannot be shown.
        if not begun or seconds < base:
            continue
        is_there |= packet.stream is pictures and seconds >= first + start
        shift = round(base / packet.time_base)
        packet.pts -= shift
        packet.dts = None if packet.dts is None else packet.dts - shift
        packet.stream = copies[packet.stream]
        clip.mux(packet)
    if not is_there:
        raise UnreadableVideoError("there are no pictures at that time")


def _sought_key_frame(video: InputContainer, pictures: Any, time: float) -> float:
    """Goes to before the last key frame that is no later than a time, and gives that frame's time."""
    base: float | None = None
    # Where a container has no index, its reader may end up too late.
    for before in (0.0, _STEP_BACK, time):
        place = round((time - before) / pictures.time_base)
        video.seek(place, stream=pictures, backward=True)
        for packet in _until(video.demux(pictures), pictures, time + _NEARLY):
            if packet.is_keyframe:
                base = _seconds(packet, packet.pts)
        if base is not None:
            video.seek(place, stream=pictures, backward=True)
            return base
    raise UnreadableVideoError("there are no pictures at that time")


def _until(packets: Iterator[Any], pictures: Any, end: float) -> Iterator[Any]:
    """The packets before a time; of later pictures those alone that earlier ones, which come after them, lean on."""
    later: list[Any] = []
    for packet in packets:
        if not packet.size:  # the end of the file
            continue
        if packet.pts is None:
            packet.pts = packet.dts
        if packet.dts is not None and _seconds(packet, packet.dts) >= end + _SOUND_BEHIND:
            return
        if _seconds(packet, packet.pts) >= end:
            if packet.stream is pictures:
                later.append(packet)
            continue
        if packet.stream is pictures:
            yield from later
            later.clear()
        yield packet


def _seconds(clocked: Any, ticks: int) -> float:
    return float(ticks * clocked.time_base)
