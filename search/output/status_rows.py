"""A library at a glance, in words: the same for every face."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.filesize import decimal

from search.output.local_time import local_time
from search.output.scan_words import scan_figures

if TYPE_CHECKING:
    from index_data.catalogue.library_records import LibraryStatus, TagProgress

_CAPTIONS = {
    ("model", "proposed"): "by the model",
    ("model", "accepted"): "by the model and accepted",
    ("person", "accepted"): "by people",
}
"""Captions that are shown and found, by author and state; the others are internals."""


def status_rows(record: LibraryStatus, *, details: bool = True) -> list[tuple[str, str]]:
    """Names and values of what is to be known of a library; with `details`, also of how it is kept."""
    captions = {words: record.captions.get(key, 0) for key, words in _CAPTIONS.items()}
    names = {key: key if details else key.partition("@")[0] for key in record.models}
    described = "photographs and moments" if record.moments else "photographs"
    models = ", ".join(f"{names[model]} ({count:,} {described})" for model, count in record.models.items())
    rows = [("photographs", f"{record.images:,}{_paths(record.images, record.places)}")]
    if record.videos:
        moments = f"{record.moments:,} {'moment' if record.moments == 1 else 'moments'}"
        rows += [("videos", f"{record.videos:,}{_paths(record.videos, record.video_places)}, {moments}")]
    rows += [
        ("captions", ", ".join(f"{count:,} {words}" for words, count in captions.items() if count) or "none"),
        *([("tags", _tags(record.tags))] if record.tags.learnt or record.tags.changed else []),
        ("skipped", f"{record.set_aside:,}"),
        ("model", models or "none yet"),
        ("brought up to date", _last_scan(record)),
        ("on the disk", decimal(sum(record.sizes.values()))),
    ]
    if details:
        gone = ", ".join(
            f"{count:,} {state} by {author}"
            for (author, state), count in record.captions.items()
            if (author, state) not in _CAPTIONS
        )
        rows += [("earlier captions", gone or "none"), ("index", record.index_kind), ("schema", record.revision)]
        rows += [(name, decimal(size)) for name, size in record.sizes.items()]
    return rows


def _paths(count: int, places: int) -> str:
    return f" at {places:,} paths" if places != count else ""


def _tags(tags: TagProgress) -> str:
    """What was learnt of tags and what waits, without what there is none of."""
    parts = [
        tags.learnt_at and f"{tags.learnt:,} learnt, the last {local_time(tags.learnt_at)}",
        tags.proposed and f"{tags.proposed:,} proposed and not judged yet",
        tags.changed and f"{tags.changed:,} not learnt yet as {'it is' if tags.changed == 1 else 'they are'} now",
    ]
    return "; ".join(part for part in parts if part)


def _last_scan(record: LibraryStatus) -> str:
    scan = record.last_scan
    if scan is None:
        return "never"
    if scan.finished_at is None:
        return f"begun {local_time(scan.started_at)}, not finished"
    return f"{local_time(scan.finished_at)}: {scan_figures(scan.counts) or 'no photographs'}"
