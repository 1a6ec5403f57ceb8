"""An opened video: its packets and frames with their times, for a process that may end while it works on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from captioning.errors import UnreadableVideoError
from captioning.regular_files import one_line, os_reason
from captioning.runtime.devices import available_cores
from captioning.videos.film_file import FilmFile
from captioning.videos.formats import CONTAINER_OPTIONS
from captioning.videos.limits import MAX_PIXELS, MOST_THREADS

if TYPE_CHECKING:
    from av import Packet, VideoFrame, VideoStream
    from av.container import InputContainer

_READ_AT_ONCE = 2**18

_HEAD = 64

_SPARE = 16 * 2**20
"""Bytes of packets beyond twice those of the file: tables may name the same ones again and again, without end."""

NO_FRAME = "no frame of it can be decoded"

_ENCRYPTED = "it is encrypted"

_PROTECTED = ("encv", "drmi")
"""Kinds of samples, in an ISO container, that nobody reads without a key."""


class Film:
    """A video whose frames can be decoded.

    Attributes:
        file: That it lies in.
        container: FFmpeg's.
        stream: The pictures.
        head: The file's first bytes.
    """

    def __init__(self, file: FilmFile, container: InputContainer, *, step: Callable[[], None], head: bytes) -> None:
        """Finds the pictures in a container.

        Raises:
            UnreadableVideoError: There are none, or they cannot be decoded.
        """
        self.file, self.container, self.head, self._step = file, container, head, step
        self.stream = _pictures(container)
        for other in container.streams:
            if other is not self.stream:
                other.discard = _discard().all
        context = self.stream.codec_context
        if not context or not context.is_decoder:
            raise UnreadableVideoError("nothing here decodes its kind of pictures")
        context.thread_type, context.thread_count = "AUTO", min(available_cores() + 1, MOST_THREADS)
        context.options = {"max_pixels": str(MAX_PIXELS)}
        if context.width * context.height > MAX_PIXELS:
            raise UnreadableVideoError(f"its frames have more than {MAX_PIXELS:,} pixels")
        self._clock: Fraction = self.stream.time_base or Fraction(1, 1000)
        self._begin = self.stream.start_time or 0
        rate = self.stream.average_rate
        self._between = float(1 / rate) if rate else 0.04
        self._last = -self._between

    def packet_time(self, packet: Packet[VideoStream]) -> float:
        """Seconds from the first frame at which a packet's is shown; after the one before it where nothing says so."""
        ticks = packet.pts if packet.pts is not None else packet.dts
        self._last = self._since_begin(ticks) if ticks is not None else self._last + self._between
        return self._last

    def frame_time(self, frame: VideoFrame) -> float:
        """Seconds from the first frame at which one is shown; that of the last packet where nothing says so."""
        ticks = frame.pts if frame.pts is not None else frame.dts
        return self._since_begin(ticks) if ticks is not None else self._last

    def _since_begin(self, ticks: int) -> float:
        return max(float((ticks - self._begin) * self._clock), 0.0)

    def packets(self) -> Iterator[Packet[VideoStream]]:
        """The packets of pictures, from where the file is read to its end.

        Raises:
            UnreadableVideoError: They are encrypted, or more than a file of this size can hold.
        """
        import av

        left = 2 * self.file.size + _SPARE
        try:
            for packet in self.container.demux(self.stream):
                self._step()
                left -= max(packet.size, 1)
                if left < 0:
                    raise UnreadableVideoError("it is damaged (it says that it holds more than it has)")
                if packet.has_sidedata("encryption_info"):
                    raise UnreadableVideoError(_ENCRYPTED)
                if packet.size:
                    yield packet
        except av.FFmpegError:
            # What was read until here is all there is.
            return

    def decoded(self, packet: Packet[VideoStream] | None) -> list[VideoFrame]:
        """The frames that a packet brings out of the decoder, none if it is damaged; those that are left for None."""
        import av

        self._step()
        try:
            return self.stream.codec_context.decode(packet)
        except EOFError:
            return []
        except MemoryError:
            raise UnreadableVideoError("its frames are too large to decode in the memory at hand") from None
        except (av.FFmpegError, UnicodeError):
            return []

    def drained(self) -> list[VideoFrame]:
        """The frames that are left in the decoder, which can then begin anew."""
        frames = self.decoded(None)
        self.stream.codec_context.flush_buffers()
        return frames

    def skip(self, kind: str) -> None:
        """Says which frames need not be decoded: "NONKEY", "NONREF", or "DEFAULT" for none."""
        # dav1d would go by what it was told first.
        if self.stream.codec_context.name != "libdav1d":
            self.stream.codec_context.skip_frame = kind  # type: ignore[assignment]

    def seek(self, time: float) -> None:
        """Goes to a key frame before a time, as far as the container can; else to the beginning.

        Raises:
            UnreadableVideoError: There are no frames to go to.
        """
        import av

        # Some look for a key frame behind a time that is the very first one's, and find the second.
        first = min(self._begin, 0)
        for place in (self._begin + round(time / self._clock) if time > 0 else first, first, self._begin):
            try:
                self.container.seek(place, stream=self.stream)
            except av.FFmpegError:
                continue
            self._last = time - self._between
            return
        raise UnreadableVideoError(NO_FRAME)

    def said_seconds(self) -> float:
        """How long the container says it is; 0 where it does not."""
        import av

        if self.container.duration is None or self.container.duration <= 0:
            return 0.0
        length, begin = self.container.duration / av.time_base, float(self._begin * self._clock)
        # Matroska counts from zero; others from the first packet of any stream, which may be sound.
        counts_from_zero = self.container.format.name.startswith("matroska")
        first = 0.0 if counts_from_zero else (self.container.start_time or 0) / av.time_base
        return max(length - max(begin - first, 0.0), 0.0)

    def seconds(self) -> float:
        """How long its pictures are shown, which its last packets tell, and of a cut film the last that are there."""
        for start in (self.said_seconds() - 1.0, 0.0):
            self.seek(start)
            end = max((self._end_of(packet) for packet in self.packets()), default=0.0)
            if end:
                return end
        return 0.0

    def _end_of(self, packet: Packet[VideoStream]) -> float:
        shown = float(packet.duration * self._clock) if packet.duration else 0.0
        return self.packet_time(packet) + (shown or self._between)


@contextmanager
def opened(path: Path, *, step: Callable[[], None]) -> Iterator[Film]:
    """Opens a video.

    Args:
        path: A regular file, or a link to one.
        step: Called at every step of the work.

    Raises:
        UnreadableVideoError: It is missing, no regular file, empty, no video, without pictures, encrypted, or damaged.
    """
    with reported(), FilmFile(path, step=step) as file:
        head = file.read(_HEAD)
        file.seek(0)
        with _container(file) as container:
            yield Film(file, container, step=step, head=head)


@contextmanager
def reported() -> Iterator[None]:
    """Turns whatever reading a video raises into `UnreadableVideoError`."""
    import av

    try:
        yield
    except UnreadableVideoError:
        raise
    except MemoryError:
        raise UnreadableVideoError("its frames are too large to decode in the memory at hand") from None
    except av.FFmpegError as error:
        raise UnreadableVideoError(f"it is damaged ({one_line(error)})") from error
    except OSError as error:
        raise UnreadableVideoError(os_reason(error)) from error


def _container(file: FilmFile) -> InputContainer:
    import av

    try:
        return av.open(
            file, "r", container_options=CONTAINER_OPTIONS, metadata_errors="replace", buffer_size=_READ_AT_ONCE
        )
    except (av.FFmpegError, UnicodeError):
        reason = "its index is missing, perhaps since it was never finished" if file.lacks_index() else ""
        raise UnreadableVideoError(reason or "it is not a video that can be decoded") from None


def _pictures(container: InputContainer) -> VideoStream:
    """The stream that a player shows: no cover of a record, and the largest of several."""
    import av

    cover = av.stream.Disposition.attached_pic | av.stream.Disposition.timed_thumbnails
    streams = [stream for stream in container.streams.video if not stream.disposition & cover]
    if not streams:
        sound = container.streams.audio
        raise UnreadableVideoError("it holds sound and no pictures" if sound else "there are no pictures in it")
    chosen = max(streams, key=lambda stream: (bool(stream.disposition & av.stream.Disposition.default), _area(stream)))
    if chosen.codec_context and chosen.codec_context.codec_tag in _PROTECTED:
        raise UnreadableVideoError(_ENCRYPTED)
    return chosen


def _area(stream: VideoStream) -> int:
    return stream.codec_context.width * stream.codec_context.height if stream.codec_context else 0


def _discard() -> Any:
    import av

    return av.stream.Discard
