"""A library at a glance, in words: the same for every face."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from rich.filesize import decimal

from search.output.local_time import local_time

if TYPE_CHECKING:
    from index_data.catalogue.records import LibraryStatus


def status_rows(record: LibraryStatus) -> list[tuple[str, str]]:
    """Names and values of what is to be known of a library."""
    captions = ", ".join(f"{count:,} {state} by {author}" for (author, state), count in record.captions.items())
    rows = [
        ("images", f"{record.images:,} in {record.places:,} places"),
        ("captions", captions or "none"),
        ("set aside", f"{record.set_aside:,}"),
        ("model", ", ".join(f"{model} ({count:,} images)" for model, count in record.models.items()) or "none yet"),
        ("index", record.index_kind),
        ("schema", record.revision),
        *((name, decimal(size)) for name, size in record.sizes.items()),
    ]
    scan = record.last_scan
    if scan is None:
        return [*rows, ("last scan", "never")]
    if scan.finished_at is None:
        return [*rows, ("last scan", f"started {local_time(scan.started_at)}, not finished")]
    counts = ", ".join(f"{value:,} {name.replace('_', ' ')}" for name, value in dataclasses.asdict(scan.counts).items())
    return [*rows, ("last scan", f"{local_time(scan.finished_at)}: {counts}")]
