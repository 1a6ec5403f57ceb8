"""Carries captions, tags and albums out of a library into files, and from files and photographs into it."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from captioning.errors import UnreadableImageError
from index_data import catalogue
from index_data.annotation.actions import Annotations
from index_data.annotation.imported_words import ImportedWords
from index_data.annotation.normalize import visible
from index_data.catalogue.annotation_records import ActionRecord
from index_data.catalogue.conditions import Mark
from index_data.errors import ExchangeError, UnknownFormatError
from index_data.exchange.coco import from_coco, to_coco
from index_data.exchange.csv import from_csv, to_csv
from index_data.exchange.embedded import read_photograph, sidecars
from index_data.exchange.files import read_bytes, write_bytes
from index_data.exchange.films import from_subtitles, read_subtitles
from index_data.exchange.formats import FileFormat, SidecarNaming
from index_data.exchange.jsonl import from_jsonl, to_jsonl
from index_data.exchange.library_words import noted_captions
from index_data.exchange.matching import matched
from index_data.exchange.notes import (
    Aside,
    FileRead,
    Noted,
    NotedCaption,
    Provenance,
    SidecarsWritten,
    excess,
    within_bounds,
)
from index_data.exchange.sidecars import gives_way, is_written, merged
from index_data.exchange.token_lists import from_flickr
from index_data.film_times import named_moment
from index_data.library import Library
from index_data.metadata.packet import XmpError

WRITERS: dict[FileFormat, Callable[[Sequence[Noted]], bytes]] = {
    FileFormat.COCO: to_coco,
    FileFormat.JSONL: to_jsonl,
    FileFormat.CSV: to_csv,
}
READERS: dict[FileFormat, Callable[[Path, bytes], FileRead]] = {
    FileFormat.COCO: from_coco,
    FileFormat.JSONL: from_jsonl,
    FileFormat.CSV: from_csv,
    FileFormat.FLICKR: from_flickr,
    FileFormat.VTT: from_subtitles,
}
ENDINGS = {
    ".json": FileFormat.COCO,
    ".jsonl": FileFormat.JSONL,
    ".ndjson": FileFormat.JSONL,
    ".csv": FileFormat.CSV,
    ".tsv": FileFormat.CSV,
    ".token": FileFormat.FLICKR,
    ".txt": FileFormat.FLICKR,
    ".vtt": FileFormat.VTT,
}


@dataclass(frozen=True, slots=True)
class Imported:
    """What came in.

    Attributes:
        action: What was done; none if all was there before.
        aside: The entries that fit no photograph.
        refused: Captions and tags that stay out, since a person rejected, edited or took them off here.
        proposals: Captions that a model merely proposes, which stay out.
    """

    action: ActionRecord | None
    aside: tuple[Aside, ...]
    refused: int = 0
    proposals: int = 0


def format_of(file: Path) -> FileFormat:
    """The format that a file's name tells.

    Raises:
        UnknownFormatError: It tells none.
    """
    file_format = ENDINGS.get(file.suffix.lower())
    if file_format is None:
        endings = ", ".join(ENDINGS)
        raise UnknownFormatError(
            f"the name of {file} does not tell its format; name the format, or end it in {endings}"
        )
    return file_format


def collect(
    library: Library, *, proposals: bool = False, gps: bool = False, images: Sequence[int] | None = None
) -> list[Noted]:
    """What people say of the photographs that have a place, by path; those of which nothing is said are left out.

    A photograph with several places is named by the first, and a moment by its film's and a time.

    Args:
        library: Open.
        proposals: Also give what models propose and nobody has reviewed.
        gps: Also say where photographs were taken, of those of which the library knows it.
        images: Of these photographs alone; none for all.
    """
    return [noted for noted, _ in _collected(library, proposals=proposals, gps=gps, images=images)]


def write_file(file: Path, notes: Sequence[Noted], *, kind: FileFormat) -> None:
    """Writes words to a file, whole or not at all.

    Raises:
        ExchangeError: It could not be written.
        UnknownFormatError: The format is only read.
    """
    write_bytes(file, to_bytes(notes, kind=kind))


def check_written(kind: FileFormat) -> None:
    """Refuses formats that no file of words is written in.

    Raises:
        UnknownFormatError: It is one that is only read, or that lies beside videos.
    """
    if kind is FileFormat.VTT:
        raise UnknownFormatError("subtitles lie beside the videos; write them with --format vtt, and name no file")
    if kind not in WRITERS:
        raise UnknownFormatError(f"{kind} is only read; write {', '.join(WRITERS)} instead")


def to_bytes(notes: Sequence[Noted], *, kind: FileFormat) -> bytes:
    """The content of such a file.

    Raises:
        UnknownFormatError: The format is only read.
    """
    check_written(kind)
    return WRITERS[kind](notes)


def write_sidecars(
    library: Library,
    *,
    proposals: bool = False,
    naming: SidecarNaming = SidecarNaming.FULL,
    images: Sequence[int] | None = None,
) -> SidecarsWritten:
    """Writes an XMP sidecar beside every photograph of which anything is said; moments of films have none.

    It carries the caption that is shown, tags, albums, rating and colour.

    Fields and keywords that other programs put there stay, and so do their descriptions and people's, in the sidecar or
    in the photograph, unless a person typed the caption here. What imgsearch wrote and a person has refused since goes.

    Args:
        library: Open.
        proposals: Also write what models propose and nobody has reviewed.
        naming: What the sidecars are called.
        images: Of these photographs alone; none for all.
    """
    written = unchanged = spared = 0
    aside: list[Aside] = []
    position = list(SidecarNaming).index(naming)
    with library.transaction() as session:
        owners = Counter(sidecars(path)[position] for path in catalogue.all_places(session))
        ids = catalogue.images_by_path(session, among=images)
        # A sidecar tells of a whole file.
        moments = catalogue.moments_among(session, ids)
        ids = [image for image in ids if image not in moments]
        records = catalogue.images(session, ids)
        captions, tags = catalogue.captions_of(session, ids), catalogue.tags_of(session, ids)
        former_tags, former_albums = catalogue.former_tags(session, ids), catalogue.former_albums(session, ids)
        all_albums = catalogue.albums_of(session, ids)
        all_marks, judged = catalogue.marks_of(session, ids), catalogue.judged_marks(session, ids)
    for image in ids:
        stored, own_tags = captions.get(image, ()), tags.get(image, ())
        caption = next(iter(noted_captions(stored, proposals=proposals)), None)
        former = {noted.text for noted in stored if not noted.active} - {noted.text for noted in stored if noted.active}
        gone = former_tags.get(image, set()) - set(own_tags)
        albums = all_albums.get(image, ())
        left = former_albums.get(image, set()) - set(albums)
        marks = all_marks.get(image, {})
        says = bool(own_tags or albums) or is_written(marks)
        changed = caption or former or gone or left or marks or image in judged
        for path in records[image].paths if says or changed else ():
            file = sidecars(path)[position]
            try:
                before = _content(file)
                if before is None and not caption and not says:
                    continue
                if owners[file] > 1:
                    raise ExchangeError(f"it would belong to {owners[file]} photographs; name sidecars in full")
                spare = caption is not None and not _may_describe(path, before, caption, former)
                spared += spare
                if before is None and (spare or not caption) and not says:
                    continue
                after = merged(
                    before,
                    caption=None if spare else caption,
                    tags=own_tags,
                    former=former,
                    former_tags=gone,
                    marks=marks,
                    albums=albums,
                    former_albums=left,
                )
                if after is before:
                    unchanged += 1
                    continue
                write_bytes(file, after)
                written += 1
            except (ExchangeError, XmpError) as error:
                aside.append(Aside(os.fsencode(file), str(error)))
            except UnreadableImageError as error:
                aside.append(Aside(os.fsencode(file), f"its photograph could not be read: {error.reason}"))
            except OSError as error:
                aside.append(Aside(os.fsencode(file), error.strerror or str(error)))
    return SidecarsWritten(written, unchanged, tuple(aside), spared)


def _content(file: Path) -> bytes | None:
    """What a sidecar holds; none where there is none, or an empty one."""
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return None
    return content if content.strip(b"\0 \r\n\t") else None


def _may_describe(path: bytes, sidecar: bytes | None, caption: NotedCaption, former: Collection[str]) -> bool:
    """Whether a caption may be written into a photograph's sidecar: it would stand before the photograph's own words.

    Raises:
        XmpError: The sidecar is no XMP.
        UnreadableImageError: The photograph, or another sidecar of it, could not be read.
    """
    if not gives_way(sidecar, caption, former=former):
        return False
    if caption.source is Provenance.TYPED:
        return True
    words = read_photograph(path)
    if words.aside:
        raise UnreadableImageError(words.aside[0])
    others = words.noted.captions
    return all(other.source is not None or visible(other.text) == caption.text for other in others)


def read_file(file: Path, *, kind: FileFormat | None = None) -> FileRead:
    """Reads a file of captions, in the format that its name tells unless `kind` does.

    Raises:
        ExchangeError: It could not be read, or nothing in it was understood.
    """
    return READERS[kind or format_of(file)](file, read_bytes(file))


def read_photographs(library: Library) -> Iterator[Noted | Aside]:
    """Reads the words that lie with each photograph and film of a library, and names what of it was not understood."""
    with library.transaction() as session:
        paths = sorted(catalogue.all_places(session, videos=False))
    for path in paths:
        words = read_photograph(path)
        yield words.noted
        yield from (Aside(path, reason) for reason in words.aside)
    yield from read_subtitles(library)


def bring_in(
    library: Library, notes: Iterable[Noted], *, folders: Sequence[Path] = (), dry_run: bool = False
) -> Imported:
    """Adds what a person confirmed, as one action that can be undone; what a model merely proposes stays out.

    Photographs are known as `matched` says.

    Args:
        library: Open.
        notes: As the readers give them.
        folders: Where relative paths may begin, in each or in `images` below it.
        dry_run: Store nothing.
    """
    read = list(notes)
    vouched = [_vouched(note) for note in read]
    too_much = tuple(Aside(entry.path, reason) for entry in vouched if (reason := excess(entry)))
    entries = [
        entry for entry in map(within_bounds, vouched) if entry.captions or entry.tags or entry.marks or entry.albums
    ]
    matches, aside = matched(library, entries, folders)
    captions: dict[int, list[str]] = defaultdict(list)
    tags: dict[int, list[str]] = defaultdict(list)
    marks: dict[int, dict[Mark, str]] = defaultdict(dict)
    albums: dict[int, list[str]] = defaultdict(list)
    for image, entry in matches:
        captions[image] += [caption.text for caption in entry.captions]
        tags[image] += entry.tags
        marks[image] = {**dict(entry.marks), **marks[image]}
        albums[image] += entry.albums
    words = {
        image: ImportedWords(
            tuple(captions[image]), tuple(tags[image]), tuple(marks[image].items()), tuple(albums[image])
        )
        for image in captions
    }
    proposals = sum(_is_proposal(caption) for note in read for caption in note.captions)
    annotations = Annotations(library)
    refused = annotations.count_refused(words)
    return Imported(annotations.bring_in(words, dry_run=dry_run), (*too_much, *aside), refused, proposals)


def _collected(
    library: Library, *, proposals: bool, gps: bool, images: Sequence[int] | None
) -> Iterator[tuple[Noted, tuple[bytes, ...]]]:
    with library.transaction() as session:
        ids = catalogue.images_by_path(session, among=images)
        records = catalogue.images(session, ids)
        captions, tags = catalogue.captions_of(session, ids), catalogue.tags_of(session, ids)
        films = {image: record.video.video_id for image, record in records.items() if record.video}
        facts = catalogue.contents(session, list(dict.fromkeys(films.get(image, image) for image in ids)))
        albums = catalogue.albums_of(session, ids)
        positions = catalogue.positions_of(session, ids) if gps else {}
    for image in ids:
        noted = noted_captions(captions.get(image, ()), proposals=proposals)
        if noted or image in tags or image in albums or image in positions:
            # A moment is known by its film and a time: a model of another version may divide the film otherwise.
            content, width, height = facts[films.get(image, image)]
            paths, moment = records[image].paths, records[image].moment
            path = paths[0] if moment is None else named_moment(paths[0], moment)
            said = Noted(
                *(path, noted, tags.get(image, ()), content.hex(), (width, height), positions.get(image)),
                albums=albums.get(image, ()),
            )
            yield said, paths


def _is_proposal(caption: NotedCaption) -> bool:
    return (caption.author, caption.state) == ("model", "proposed")


def _vouched(entry: Noted) -> Noted:
    """An entry without what nobody confirmed, and without words that cannot be seen."""
    captions = tuple(c for c in entry.captions if visible(c.text) and not _is_proposal(c))
    tags, albums = (tuple(filter(visible, names)) for names in (entry.tags, entry.albums))
    return replace(entry, captions=captions, tags=tags, albums=albums)
