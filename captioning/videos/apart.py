"""Decodes videos in a process of its own, which has so much memory and time and no more.

Run as a program, it is such a process.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from captioning.apart.program import SPARE_BYTES, Part, Progress, confine, serve
from captioning.errors import UnreadableVideoError
from captioning.videos.limits import MEMORY, SECONDS

if TYPE_CHECKING:
    from captioning.videos.film import Film
    from captioning.videos.picture import FramePainter
    from captioning.videos.sampling import ChosenFrame


def _answer(path: Path, *, wanted: str, **request: Any) -> Iterator[Part]:
    confine(MEMORY + SPARE_BYTES)
    progress = Progress(SECONDS)
    from captioning.videos.film import NO_FRAME, opened, reported
    from captioning.videos.picture import FramePainter

    with reported(), opened(path, step=progress.step) as film:
        painter = FramePainter(film.stream.sample_aspect_ratio)
        parts = 0
        for part in _ANSWERS[wanted](film, painter, **request):
            yield part
            progress.wind()
            parts += 1
        film.file.check_unchanged()
        if not parts:
            raise UnreadableVideoError(NO_FRAME)
    # What FFmpeg holds for a film is large and few objects, for which Python would not look soon.
    gc.collect()


def _facts(film: Film, painter: FramePainter) -> Iterator[Part]:
    from captioning.videos.facts import camera, content_identifier, recorded_at
    from captioning.videos.formats import printed_format
    from captioning.videos.sampling import frame_at

    first = frame_at(film, 0.0)
    if first is None:
        return
    width, height = painter.size(first.frame)
    words = {name.lower(): text for name, text in {**film.stream.metadata, **film.container.metadata}.items()}
    moment = recorded_at(words)
    yield (
        {
            "width": width,
            "height": height,
            "duration": film.seconds(),
            "format": printed_format(film.container.format.name, brand=words.get("major_brand", ""), head=film.head),
            "recorded_at": moment.isoformat() if moment else None,
            "camera": camera(words),
            "content_identifier": content_identifier(words),
            "has_audio": bool(film.container.streams.audio),
        },
        b"",
    )


def _samples(film: Film, painter: FramePainter, *, side: int) -> Iterator[Part]:
    from captioning.videos.sampling import chosen_frames

    yield from (_sample(chosen, painter, side=side) for chosen in chosen_frames(film))


def _between(film: Film, painter: FramePainter, *, side: int, start: float, end: float, apart: float) -> Iterator[Part]:
    from captioning.videos.sampling import frames_between

    yield from (_sample(chosen, painter, side=side) for chosen in frames_between(film, start, end, apart=apart))


def _sample(chosen: ChosenFrame, painter: FramePainter, *, side: int) -> Part:
    from captioning.images.hashes import difference_hash
    from captioning.videos.measures import brightness, sharpness

    pixels = painter.square(chosen.frame, side=side)
    measured = {
        "perceptual_hash": difference_hash(pixels),
        "sharpness": sharpness(pixels),
        "brightness": brightness(pixels),
    }
    return {"time": chosen.time, "key": chosen.key, **measured}, pixels.tobytes()


def _picture(film: Film, painter: FramePainter, *, time: float, side: int | None) -> Iterator[Part]:
    from captioning.videos.sampling import frame_at

    chosen = frame_at(film, time)
    if chosen is not None:
        picture = painter.picture(chosen.frame, side=side)
        yield {"size": picture.size}, picture.tobytes()


_ANSWERS: dict[str, Callable[..., Iterator[Part]]] = {
    "facts": _facts,
    "samples": _samples,
    "between": _between,
    "picture": _picture,
}


if __name__ == "__main__":
    serve(_answer)
