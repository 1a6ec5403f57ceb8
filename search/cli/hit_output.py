"""How an answer is shown and used, the same for every command that finds photographs."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from search.cli.console import say, shown_path
from search.cli.exit_codes import ExitCode
from search.cli.options import index_gpu, model_path
from search.cli.render import print_json, print_json_lines, print_paths, print_table

if TYPE_CHECKING:
    from index_data.library import Library
    from search.engine.answer import Answer
    from search.engine.engine import Engine
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
        "--format", "-f", help="A table to read; JSON, or one JSON object a line; one path a line, or ended by NUL."
    ),
]
ShowOption = Annotated[bool, typer.Option("--show", help="Draw the photographs in the terminal.")]
HtmlOption = Annotated[
    Path | None, typer.Option("--html", help="Also write a contact sheet, a page that needs no other file.")
]
OpenOption = Annotated[
    int, typer.Option("--open", min=0, help="Open the first N photographs in your picture viewer.", metavar="N")
]
RegionsOption = Annotated[
    bool, typer.Option("--regions", help="Also where the network looks for the words that a caption says.")
]
CopyOption = Annotated[Path | None, typer.Option("--copy-to", help="Copy the photographs into this folder.")]


@dataclass(frozen=True, slots=True)
class Uses:
    """What is done with an answer beside printing it."""

    show: bool = False
    html: Path | None = None
    open_first: int = 0
    copy_to: Path | None = None


@contextmanager
def opened_engine(folder: Path | None, model: str, device: str) -> Iterator[tuple[Library, Engine]]:
    """The library in a folder, and what answers questions about it."""
    from captioning.runtime.devices import choose_device
    from index_data.library import Library
    from index_data.locations import library_folder
    from search.engine.engine import Engine

    chosen = choose_device(device)
    # For a single question a copy of the vectors on a GPU takes longer than it saves.
    gpu = index_gpu(chosen) if chosen.asked else None
    with Library.open(library_folder(folder), gpu=gpu) as opened:
        yield opened, Engine(opened, model=model_path(model), device=chosen)


def give_answer(
    answer: Answer, output: HitFormat, uses: Uses, *, title: str, nothing: str, regions: Regions | None = None
) -> None:
    """Prints an answer, does with it what was asked, and says on stderr what a person should know.

    Raises:
        typer.Exit: Nothing answers, or some photographs could not be copied or opened.
    """
    words = answer.words
    for substitute in words.substitutes if words else ():
        say(f"Read {substitute.word} as {' or '.join(substitute.known)}.")
    if answer.earlier_models:
        say("Some photographs still wait to be described by this model; bring them up to date with: imgsearch index")
    if words and words.unknown_words:
        unknown = ", ".join(words.unknown_words)
        say(f"The model does not know: {unknown}. They are only looked for in captions, tags and paths.")
    print_answer(answer, output, regions)
    if not answer.hits:
        say(nothing)
        raise typer.Exit(ExitCode.NOTHING_FOUND)
    failed = _use(answer.hits, uses, title)
    if answer.cursor:
        of = f"{answer.total:,}" if answer.total is not None else "more"
        say(f"{answer.hits[0].rank + 1} to {answer.hits[-1].rank + 1} of {of}; go on with: --cursor {answer.cursor}")
    if failed:
        raise typer.Exit(ExitCode.SET_ASIDE)


def looked_at(engine: Engine, answer: Answer) -> Regions:
    """Where the network looks in each hit for the words that its caption says."""
    from captioning.errors import UnreadableImageError
    from search.engine.regions import regions_of

    found: Regions = {}
    for hit in answer.hits:
        try:
            found[hit.image_id] = regions_of(engine.describer, hit)
        except UnreadableImageError as error:
            say(f"not looked at: {shown_path(hit.paths[0])}: {error.reason}")
    return found


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
        print_paths([hit.paths[0] for hit in answer.hits], end=b"\0" if output is HitFormat.PATHS0 else b"\n")
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
        "caption": hit.caption,
        "keywords": list(hit.keywords),
        "tags": list(hit.tags),
        "matched": {
            name: list(getattr(hit.why, name))
            for name in ("caption", "keywords", "tags", "path")
            if getattr(hit.why, name)
        },
        **looked,
    }


def _boxes(regions: Mapping[str, Region]) -> dict[str, list[float]]:
    """Left, top, right and bottom of each, as shares of width and height."""
    return {
        word: [round(side, 3) for side in (one.left, one.top, one.right, one.bottom)] for word, one in regions.items()
    }


def _print_table(answer: Answer, regions: Regions | None) -> None:
    """The figure that fits what was asked, and words only where some were found."""
    hits = answer.hits
    columns: list[tuple[str, list[str]]] = [("rank", [str(hit.rank + 1) for hit in hits])]
    if answer.calibrated:
        columns.append(("probability", [f"{hit.probability or 0.0:.0%}" for hit in hits]))
    elif hits[0].score is not None:
        columns.append(("score", [f"{hit.score or 0.0:.3f}" for hit in hits]))
    columns.append(("path", [_path_and_copies(hit) for hit in hits]))
    if any(hit.why.words for hit in hits):
        columns.append(("matched", [", ".join(hit.why.words) for hit in hits]))
    if regions is not None:
        looked = (regions.get(hit.image_id, {}).items() for hit in hits)
        columns.append(("where", [", ".join(f"{word} {one.place}" for word, one in found) for found in looked]))
    columns.append(("caption", [hit.caption for hit in hits]))
    figures = sum(name in ("rank", "probability", "score") for name, _ in columns)
    rows = [list(row) for row in zip(*(cells for _, cells in columns), strict=True)]
    print_table([name for name, _ in columns], rows, figures=figures)


def _path_and_copies(hit: Hit) -> str:
    alike = len(hit.near_duplicates)
    return shown_path(hit.paths[0]) + (f" (+{alike} alike)" if alike else "")


def _use(hits: Sequence[Hit], uses: Uses, title: str) -> bool:
    """Does with hits what was asked; says whether some could not be copied or opened."""
    failed = False
    if uses.html is not None:
        from search.output.contact_sheet import write_contact_sheet

        write_contact_sheet(uses.html, hits, title=title)
        say(f"Wrote {uses.html}.")
    if uses.show:
        from search.cli.thumbnails import show_thumbnails

        sys.stdout.flush()
        show_thumbnails(hits)
    if uses.copy_to is not None:
        from search.output.copying import copy_photographs

        copied, problems = copy_photographs([hit.paths[0] for hit in hits], uses.copy_to)
        for problem in problems:
            say(problem)
        say(f"Copied {copied:,} to {uses.copy_to}.")
        failed |= bool(problems)
    for hit in hits[: uses.open_first]:
        if typer.launch(os.fsdecode(hit.paths[0])):
            say(f"No program opened {shown_path(hit.paths[0])}.")
            failed = True
    return failed
