"""Subtitles beside the films of a library: what is said of moments goes out into them, and comes in from them."""

from __future__ import annotations

import hashlib
import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from index_data import catalogue
from index_data.catalogue.records import Moment
from index_data.errors import ExchangeError
from index_data.exchange.files import read_bytes, write_bytes
from index_data.exchange.library_words import noted_captions
from index_data.exchange.notes import Aside, FileRead, Noted, NotedCaption, SidecarsWritten
from index_data.exchange.source import Source
from index_data.exchange.subtitles import Cue, SubtitleError, from_vtt, to_vtt
from index_data.library import Library

_UNREVIEWED = "unreviewed-"
"""How the name of a cue begins whose words a model proposed; behind it stands what tells whether they were edited."""


def subtitles_beside(path: bytes) -> Path:
    """Where the subtitles of a film lie, as players look for them: `film.vtt` beside `film.mp4`."""
    return Path(os.fsdecode(path)).with_suffix(".vtt")


def write_subtitles(
    library: Library, *, proposals: bool = False, force: bool = False, images: Sequence[int] | None = None
) -> SidecarsWritten:
    """Writes subtitles beside every film of which something is said, the sentence of each moment at its time.

    Args:
        library: Open.
        proposals: Also write what models propose and nobody has reviewed.
        force: Replace subtitles that lie there already.
        images: Of these moments alone; none for all.
    """
    written = unchanged = 0
    aside: list[Aside] = []
    owners = Counter(map(subtitles_beside, _film_places(library)))
    for path, content in _subtitles(library, proposals=proposals, images=images):
        file = subtitles_beside(path)
        try:
            if owners[file] > 1:
                raise ExchangeError(f"it would belong to {owners[file]} videos")
            is_new = _write(file, content, force=force)
            written, unchanged = written + is_new, unchanged + (not is_new)
        except ExchangeError as error:
            aside.append(Aside(os.fsencode(file), str(error)))
    return SidecarsWritten(written, unchanged, tuple(aside))


def _subtitles(library: Library, *, proposals: bool, images: Sequence[int] | None) -> Iterator[tuple[bytes, bytes]]:
    """The paths of films, each with its subtitles."""
    with library.transaction() as session:
        moments = catalogue.moments_among(session, catalogue.images_by_path(session, among=images))
        captions = catalogue.captions_of(session, list(moments))
        films: dict[int, list[tuple[Moment, NotedCaption]]] = defaultdict(list)
        for image, (moment, video) in moments.items():
            for caption in noted_captions(captions.get(image, ()), proposals=proposals)[:1]:
                films[video.video_id].append((moment, caption))
        places = catalogue.places_of_images(session, list(films))
    for film, said in films.items():
        content = to_vtt(_cue(moment, caption) for moment, caption in sorted(said, key=lambda pair: pair[0]))
        yield from ((path, content) for path in places.get(film, ()))


def _write(file: Path, content: bytes, *, force: bool) -> bool:
    """Writes subtitles, and says whether the file was not so before.

    Raises:
        ExchangeError: Others lie there, or something else, or it could not be written.
    """
    if os.path.lexists(file):
        before = read_bytes(file)
        if before == content:
            return False
        if not before.removeprefix(b"\xef\xbb\xbf").startswith(b"WEBVTT"):
            raise ExchangeError("it is there already and is not WebVTT")
        if not force:
            raise ExchangeError("it is there already; replace it with --force")
    write_bytes(file, content)
    return True


def from_subtitles(file: Path, content: bytes) -> FileRead:
    """Reads subtitles: words of a film beside the file, by their times.

    Raises:
        ExchangeError: It is not WebVTT, or nothing in it was understood.
    """
    try:
        read = from_vtt(content)
    except SubtitleError as error:
        raise ExchangeError(f"{file} could not be read: {error}") from error
    source = Source(file)
    source.speak()
    place = os.fsencode(file.parent.resolve() / file.name)
    for cue in read.cues:
        state = "proposed" if cue.identifier == _unreviewed(cue.text) else "accepted"
        author = "model" if state == "proposed" else "person"
        caption = NotedCaption(cue.text, author, state)
        source.take(Noted(place, (caption,), span=(cue.start, cue.end)))
    for line, reason in read.aside:
        source.pass_over(f"line {line}", reason)
    return source.read()


def read_subtitles(library: Library) -> Iterator[Noted | Aside]:
    """Reads the subtitles that lie beside the films of a library, and names what of them was not understood."""
    for file in sorted(set(map(subtitles_beside, _film_places(library)))):
        if not os.path.lexists(file):
            continue
        try:
            read = from_subtitles(file, read_bytes(file))
        except ExchangeError as error:
            yield Aside(os.fsencode(file), str(error))
            continue
        yield from read.notes
        yield from read.aside


def _film_places(library: Library) -> list[bytes]:
    with library.transaction() as session:
        places = catalogue.all_places(session)
        films = catalogue.videos_among(session, places.values())
    return [path for path, image in places.items() if image in films]


def _cue(moment: Moment, caption: NotedCaption) -> Cue:
    name = "" if caption.state == "accepted" else _unreviewed(caption.text)
    return Cue(moment.start, moment.end, caption.text, name)


def _unreviewed(text: str) -> str:
    """The name of a cue with a model's words: whoever edits them leaves a name that does not fit them."""
    return _UNREVIEWED + hashlib.blake2b(text.encode(), digest_size=4).hexdigest()
