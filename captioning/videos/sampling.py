"""Chooses the frames of a video that are looked at: its key frames, and others where those are far apart."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from captioning.videos.limits import HELD_BYTES

if TYPE_CHECKING:
    from av import Packet, VideoFrame, VideoStream

    from captioning.videos.film import Film

LEAST_APART = 1.0
"""Seconds between two frames that are looked at."""

SHORT = 20.0
"""Seconds of a video of which more is looked at, since decoding all of it takes little."""

_NEARLY = 0.001
"""Seconds by which times of the same frame may differ."""


@dataclass(frozen=True, slots=True)
class Spacing:
    """How far apart frames are looked at.

    Attributes:
        most: Seconds that may pass without one.
        between: Seconds between those that are decoded for want of key frames.
    """

    most: float
    between: float


LONG_SPACING = Spacing(10.0, 5.0)
SHORT_SPACING = Spacing(2.0, 1.0)


@dataclass(frozen=True, slots=True)
class ChosenFrame:
    """A frame that is looked at.

    Attributes:
        time: Seconds from the first frame.
        key: Whether it is a key frame.
        frame: As it was decoded.
    """

    time: float
    key: bool
    frame: VideoFrame


def chosen_frames(film: Film) -> Iterator[ChosenFrame]:
    """Decodes a film from its beginning to its end, no more of it than must be.

    Between key frames that are close to each other nothing is decoded. Where none comes for long, what has been held of
    the packets since the last one is decoded, and all up to the next one.

    Yields:
        The frames, as time goes on; none if nothing can be decoded.
    """
    return _Choice(film, SHORT_SPACING if 0 < film.said_seconds() <= SHORT else LONG_SPACING).frames()


class _Choice:
    """The state of a walk over a film.

    Between key frames packets are held; in a gap, which is decoded, none are.
    """

    def __init__(self, film: Film, spacing: Spacing) -> None:
        self._film, self._spacing = film, spacing
        self._held: list[Packet[VideoStream]] = []
        self._held_bytes = 0
        self._in_gap = False
        # What comes before the first key frame is decoded at once.
        self._looked_at = -spacing.most
        self._any = False

    def frames(self) -> Iterator[ChosenFrame]:
        self._film.skip("NONKEY")
        for packet in self._film.packets():
            time = self._film.packet_time(packet)
            # What an edit of the film hides is only decoded for the frames behind it.
            if packet.is_keyframe and not packet.is_discard:
                yield from self._key_frame(packet, time)
            elif self._in_gap:
                yield from self._between(self._film.decoded(packet))
            else:
                yield from self._hold(packet, time)
        yield from self._end()

    def _key_frame(self, packet: Packet[VideoStream], time: float) -> Iterator[ChosenFrame]:
        if self._in_gap:
            yield from self._between(self._film.drained())
            self._film.skip("NONKEY")
            self._in_gap = False
        self._held, self._held_bytes = [packet], packet.size
        if time - self._looked_at >= LEAST_APART - _NEARLY:
            self._looked_at = time
            yield from self._keys(self._film.decoded(packet))

    def _hold(self, packet: Packet[VideoStream], time: float) -> Iterator[ChosenFrame]:
        self._held.append(packet)
        self._held_bytes += packet.size
        if time - self._looked_at > self._spacing.most or self._held_bytes > HELD_BYTES:
            yield from self._decode_held()

    def _decode_held(self) -> Iterator[ChosenFrame]:
        yield from self._keys(self._film.drained())
        # Frames that no other one refers to change little in what is seen.
        self._film.skip("NONREF")
        held, self._held, self._held_bytes, self._in_gap = self._held, [], 0, True
        for packet in held:
            yield from self._between(self._film.decoded(packet))

    def _end(self) -> Iterator[ChosenFrame]:
        if self._in_gap:
            yield from self._between(self._film.drained())
            return
        yield from self._keys(self._film.drained())
        if not self._any:
            # No packet was said to begin anything, or the first ones are damaged.
            self._looked_at = -self._spacing.most
            yield from self._decode_held()
            yield from self._between(self._film.drained())

    def _keys(self, frames: list[VideoFrame]) -> Iterator[ChosenFrame]:
        for frame in frames:
            self._any = True
            yield ChosenFrame(self._film.frame_time(frame), True, frame)

    def _between(self, frames: list[VideoFrame]) -> Iterator[ChosenFrame]:
        for frame in frames:
            time = self._film.frame_time(frame)
            if time - self._looked_at >= self._spacing.between - _NEARLY:
                self._looked_at, self._any = time, True
                yield ChosenFrame(time, False, frame)


def frame_at(film: Film, time: float) -> ChosenFrame | None:
    """Decodes the frame that is shown at a time; the last one behind the end, none if nothing can be decoded."""
    chosen = None
    for frame in _frames_from(film, time, hurrying_to=time - LEAST_APART):
        later = film.frame_time(frame) > time + _NEARLY
        if chosen is None or not later:
            chosen = _chosen(film, frame)
        if later:
            break
    return chosen


def frames_between(film: Film, start: float, end: float, *, apart: float = 0.0) -> Iterator[ChosenFrame]:
    """Decodes the frames from a time to another one, both included: every one, or some `apart` and the last."""
    last = -math.inf
    for frame in _frames_from(film, start, hurrying_to=math.inf if apart else start - LEAST_APART):
        chosen = _chosen(film, frame)
        if chosen.time > end + _NEARLY:
            return
        if chosen.time >= start - _NEARLY and (chosen.time - last >= apart or chosen.time >= end - _NEARLY):
            last = chosen.time
            yield chosen


def _chosen(film: Film, frame: VideoFrame) -> ChosenFrame:
    return ChosenFrame(film.frame_time(frame), bool(frame.key_frame), frame)


def _frames_from(film: Film, time: float, *, hurrying_to: float) -> Iterator[VideoFrame]:
    """Decodes from a key frame at or before a time on; before `hurrying_to` only what later frames refer to."""
    for packet in _packets_from(film, time):
        film.skip("NONREF" if film.packet_time(packet) < hurrying_to else "DEFAULT")
        yield from film.decoded(packet)
    yield from film.drained()


def _packets_from(film: Film, time: float) -> Iterator[Packet[VideoStream]]:
    # Where a container has no index, its reader may end up too late.
    for before in (0.0, LONG_SPACING.most):
        film.seek(max(time - before, 0.0))
        packets = film.packets()
        for packet in packets:
            if packet.is_keyframe:
                if film.packet_time(packet) <= time + _NEARLY:
                    return chain([packet], packets)
                break
    film.seek(0.0)
    return film.packets()
