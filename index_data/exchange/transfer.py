"""Carries captions and tags out of a library into files, and from files and photographs into it."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from captioning.errors import UnreadableImageError
from index_data import catalogue
from index_data.annotation.actions import Annotations, ImportedWords
from index_data.annotation.normalize import visible
from index_data.catalogue.annotation_records import ActionRecord, StoredCaption
from index_data.errors import ExchangeError
from index_data.exchange.coco import from_coco, to_coco
from index_data.exchange.csv import from_csv, to_csv
from index_data.exchange.embedded import read_photograph, sidecars
from index_data.exchange.files import read_bytes, write_bytes
from index_data.exchange.formats import FileFormat, SidecarNaming
from index_data.exchange.jsonl import from_jsonl, to_jsonl
from index_data.exchange.matching import matched
from index_data.exchange.notes import Aside, FileRead, Noted, NotedCaption
from index_data.exchange.token_lists import from_flickr
from index_data.exchange.xmp import XmpError, merged
from index_data.library import Library

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
}
ENDINGS = {
    ".json": FileFormat.COCO,
    ".jsonl": FileFormat.JSONL,
    ".ndjson": FileFormat.JSONL,
    ".csv": FileFormat.CSV,
    ".tsv": FileFormat.CSV,
    ".token": FileFormat.FLICKR,
    ".txt": FileFormat.FLICKR,
}


@dataclass(frozen=True, slots=True)
class SidecarsWritten:
    """How many sidecars were written, how many said it all before, and which could not be written."""

    written: int
    unchanged: int
    aside: tuple[Aside, ...]


@dataclass(frozen=True, slots=True)
class Imported:
    """What came in: the action, none if all was there before, and the entries that fit no photograph."""

    action: ActionRecord | None
    aside: tuple[Aside, ...]


def format_of(file: Path) -> FileFormat:
    """The format that a file's name tells.

    Raises:
        ExchangeError: It tells none.
    """
    found = ENDINGS.get(file.suffix.lower())
    if found is None:
        endings = ", ".join(ENDINGS)
        raise ExchangeError(f"the name of {file} does not tell its format; name the format, or end it in {endings}")
    return found


def collect(library: Library, *, proposals: bool = False, gps: bool = False) -> list[Noted]:
    """What people say of the photographs that have a place, by path; those of which nothing is said are left out.

    A photograph with several places is named by the first.

    Args:
        library: Open.
        proposals: Also give what models propose and nobody has reviewed.
        gps: Also say where photographs were taken, of those of which the library knows it.
    """
    return [one for one, _ in _collected(library, proposals=proposals, gps=gps)]


def write_file(file: Path, notes: Sequence[Noted], *, kind: FileFormat) -> None:
    """Writes words to a file, whole or not at all.

    Raises:
        ExchangeError: It could not be written, or the format is only read.
    """
    write_bytes(file, to_bytes(notes, kind=kind))


def to_bytes(notes: Sequence[Noted], *, kind: FileFormat) -> bytes:
    """The content of such a file.

    Raises:
        ExchangeError: The format is only read.
    """
    if kind not in WRITERS:
        raise ExchangeError(f"{kind} is only read; write {', '.join(WRITERS)} instead")
    return WRITERS[kind](notes)


def write_sidecars(
    library: Library, *, proposals: bool = False, naming: SidecarNaming = SidecarNaming.FULL
) -> SidecarsWritten:
    """Writes an XMP sidecar beside every photograph that has words: the caption that is shown, and the tags.

    Fields and keywords that other programs put there stay.

    Args:
        library: Open.
        proposals: Also write what models propose and nobody has reviewed.
        naming: What the sidecars are called.
    """
    written = unchanged = 0
    aside: list[Aside] = []
    which = list(SidecarNaming).index(naming)
    with library.transaction() as session:
        owners = Counter(sidecars(path)[which] for path in catalogue.all_places(session))
    for one, paths in _collected(library, proposals=proposals):
        for path in paths:
            file = sidecars(path)[which]
            try:
                if owners[file] > 1:
                    raise ExchangeError(f"it would belong to {owners[file]} photographs; name sidecars in full")
                before = read_bytes(file) if file.exists() else None
                after = merged(before, caption=next(iter(one.captions), None), tags=one.tags)
                if after is before:
                    unchanged += 1
                    continue
                write_bytes(file, after)
                written += 1
            except (ExchangeError, XmpError, OSError) as error:
                aside.append(Aside(os.fsencode(file), str(error)))
    return SidecarsWritten(written, unchanged, tuple(aside))


def read_file(file: Path, *, kind: FileFormat | None = None) -> FileRead:
    """Reads a file of captions, in the format that its name tells unless `kind` does.

    Raises:
        ExchangeError: It could not be read, or nothing in it was understood.
    """
    return READERS[kind or format_of(file)](file, read_bytes(file))


def read_photographs(library: Library) -> Iterator[Noted | Aside]:
    """Reads the words that lie with each photograph of a library: sidecars, XMP, IPTC, EXIF."""
    with library.transaction() as session:
        paths = sorted(catalogue.all_places(session))
    for path in paths:
        try:
            yield read_photograph(path)
        except UnreadableImageError as error:
            yield Aside(path, error.reason)


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
    entries = [one for one in map(_vouched, notes) if one.captions or one.tags]
    found, aside = matched(library, entries, folders)
    captions: dict[int, list[str]] = defaultdict(list)
    tags: dict[int, list[str]] = defaultdict(list)
    for image, one in found:
        captions[image] += [caption.text for caption in one.captions]
        tags[image] += one.tags
    words = {image: ImportedWords(tuple(captions[image]), tuple(tags[image])) for image in captions}
    return Imported(Annotations(library).bring_in(words, dry_run=dry_run), aside)


def _collected(library: Library, *, proposals: bool, gps: bool = False) -> Iterator[tuple[Noted, tuple[bytes, ...]]]:
    with library.transaction() as session:
        ids = catalogue.images_by_path(session)
        records = catalogue.images(session, ids)
        captions, tags = catalogue.captions_of(session, ids), catalogue.tags_of(session, ids)
        facts = catalogue.contents(session, ids)
        taken = catalogue.positions_of(session, ids) if gps else {}
    for image in ids:
        said = _noted(captions.get(image, ()), proposals=proposals)
        if said or image in tags or image in taken:
            content, width, height = facts[image]
            paths = records[image].paths
            size = width, height
            yield Noted(paths[0], said, tags.get(image, ()), content.hex(), size, taken.get(image)), paths


def _noted(captions: Sequence[StoredCaption], *, proposals: bool) -> tuple[NotedCaption, ...]:
    return tuple(
        NotedCaption(one.text, one.author, "accepted" if one.confirmed else "proposed")
        for one in captions
        if one.confirmed or (proposals and one.active)
    )


def _vouched(one: Noted) -> Noted:
    """An entry without what nobody confirmed, and without words that cannot be seen."""
    said = tuple(c for c in one.captions if visible(c.text) and (c.author, c.state) != ("model", "proposed"))
    return Noted(one.path, said, tuple(filter(visible, one.tags)), one.content_hash)
