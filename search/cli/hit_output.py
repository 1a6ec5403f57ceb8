"""Prints hits on stdout, the same for every command that finds photographs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from search.cli.console import shown_place
from search.cli.render import print_json, print_json_lines, print_paths, print_table
from search.output.film_words import moment_record
from search.output.printable import counted

if TYPE_CHECKING:
    from index_data.catalogue.records import ImageDate
    from search.engine.answer import Answer
    from search.engine.hits import Hit
    from search.engine.regions import Region

    Regions = dict[int, dict[str, Region]]


class HitFormat(StrEnum):
    """How hits are printed."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    PATHS = "paths"
    PATHS0 = "paths0"


HitFormatOption = Annotated[
    HitFormat,
    typer.Option(
        "--format",
        "-f",
        help="table, json, jsonl (an object a line), paths (one a line) or paths0 (each ended by a zero byte).",
    ),
]


def print_answer(answer: Answer, output: HitFormat, regions: Regions | None = None) -> None:
    """Prints hits on stdout, with the regions of their words where these are given; ranks count from 1."""
    if output is HitFormat.JSON:
        words = answer.words
        print_json(
            {
                "hits": [hit_record(hit, regions) for hit in answer.hits],
                "total": answer.total,
                "cursor": answer.cursor,
                "calibrated": answer.calibrated,
                "unknown_words": list(words.unknown_words) if words else [],
                "read_as": {part.word: list(part.known) for part in words.substitutes} if words else {},
            }
        )
    elif output is HitFormat.JSONL:
        print_json_lines([hit_record(hit, regions) for hit in answer.hits])
    elif output in (HitFormat.PATHS, HitFormat.PATHS0):
        paths = list(dict.fromkeys(hit.paths[0] for hit in answer.hits))
        print_paths(paths, end=b"\0" if output is HitFormat.PATHS0 else b"\n")
    elif answer.hits:
        _print_table(answer, regions)


def hit_record(hit: Hit, regions: Regions | None = None) -> dict[str, Any]:
    """A hit as JSON values; a path that is not UTF-8 has its strange bytes as surrogate escapes."""
    looked = {} if regions is None else {"regions": _boxes(regions.get(hit.image_id, {}))}
    return {
        "rank": hit.rank + 1,
        "probability": None if hit.probability is None else round(hit.probability, 4),
        "score": None if hit.score is None else round(hit.score, 6),
        "image": hit.image_id,
        "path": os.fsdecode(hit.paths[0]),
        "other_paths": [os.fsdecode(path) for path in hit.paths[1:]],
        "near_duplicates": [os.fsdecode(path) for path in hit.near_duplicates],
        **_times(hit),
        "date": hit.date.moment and hit.date.moment.isoformat(),
        "date_from": "file" if hit.date.of_file else "photograph",
        "caption": hit.caption,
        "keywords": list(hit.keywords),
        "tags": list(hit.tags),
        "proposed_tags": {tag.name: round(tag.probability, 4) for tag in hit.proposed_tags},
        "marks": {mark.value: value for mark, value in hit.marks.items()},
        "matched": {
            name: list(getattr(hit.why, name))
            for name in ("caption", "keywords", "tags", "path")
            if getattr(hit.why, name)
        },
        **looked,
    }


def _times(hit: Hit) -> dict[str, Any]:
    """When a moment is in its film, and the others that it stands for; in seconds."""
    if hit.moment is None:
        return {}
    return {**moment_record(hit.moment), "other_moments": [moment_record(other) for other in hit.other_moments]}


def _boxes(regions: Mapping[str, Region]) -> dict[str, list[float]]:
    """Left, top, right and bottom of each, as shares of width and height."""
    return {
        word: [round(side, 3) for side in (region.left, region.top, region.right, region.bottom)]
        for word, region in regions.items()
    }


def _print_table(answer: Answer, regions: Regions | None) -> None:
    """The figure that fits what was asked, and words only where some were found."""
    hits = answer.hits
    columns: list[tuple[str, list[str]]] = [("rank", [str(hit.rank + 1) for hit in hits])]
    if answer.calibrated:
        columns.append(("probability", [f"{hit.probability or 0.0:.0%}" for hit in hits]))
    elif hits[0].score is not None:
        columns.append(("score", [f"{hit.score or 0.0:.3f}" for hit in hits]))
    columns.append(("path", [_place_and_copies(hit) for hit in hits]))
    if answer.query.asks_dates:
        columns.append(("date", [_day(hit.date) for hit in hits]))
    if answer.query.asks_proposals:
        proposed = (", ".join(f"{tag.name} {tag.probability:.0%}" for tag in hit.proposed_tags) for hit in hits)
        columns.append(("proposed tags", list(proposed)))
    if any(hit.why.words for hit in hits):
        columns.append(("matched", [", ".join(hit.why.words) for hit in hits]))
    if regions is not None:
        looked = (regions.get(hit.image_id, {}).items() for hit in hits)
        columns.append(
            ("where", [", ".join(f"{word} {region.place}" for word, region in attended) for attended in looked])
        )
    columns.append(("caption", [hit.caption for hit in hits]))
    figures = sum(name in ("rank", "probability", "score") for name, _ in columns)
    rows = [list(row) for row in zip(*(cells for _, cells in columns), strict=True)]
    print_table([name for name, _ in columns], rows, figures=figures)


def _day(date: ImageDate) -> str:
    """The day, marked where it is only that of the file."""
    if date.moment is None:
        return "unknown"
    return f"{date.moment:%Y-%m-%d}" + (" (file)" if date.of_file else "")


def _place_and_copies(hit: Hit) -> str:
    more = [f"{len(hit.near_duplicates):,} alike"] if hit.near_duplicates else []
    more += [counted(len(hit.other_moments), "moment")] if hit.other_moments else []
    return shown_place(hit.paths[0], hit.moment) + (f" (+{', +'.join(more)})" if more else "")
