"""The photographs that a command line names, and what it says of a change to them."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from search.cli.console import say, shown_place
from search.cli.render import print_table
from search.output.action_words import changed

if TYPE_CHECKING:
    from index_data.annotation.actions import Annotations
    from index_data.catalogue.annotation_records import ActionRecord
    from index_data.library import Library

FileArgument = Annotated[
    Path, typer.Argument(help="A photograph of the library, or film.mp4@1:23, a moment of a video.", readable=False)
]
FilesArgument = Annotated[
    list[Path] | None,
    typer.Argument(help="Photographs and videos of the library; film.mp4@1:23 is one moment.", readable=False),
]
FromOption = Annotated[
    Path | None,
    typer.Option(
        "--from", help="Also those in this file, one a line or ended by zero bytes; - is stdin.", readable=False
    ),
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", "-n", help="Only show what would change.")]


@contextmanager
def opened_library(folder: str | None) -> Iterator[tuple[Library, Annotations]]:
    """The library in a folder, and what people say of its photographs."""
    from index_data.addresses import library_address
    from index_data.annotation.actions import Annotations
    from index_data.library import Library

    with Library.open(library_address(folder)) as opened:
        yield opened, Annotations(opened)


def named_images(notes: Annotations, files: list[Path] | None, listed: Path | None) -> list[int]:
    """The numbers of the photographs that a command line names.

    Raises:
        UnknownPhotographError: One of them is not in the library.
    """
    named = list(files or ())
    if listed is not None:
        named += [Path(os.fsdecode(line)) for line in _lines(listed) if line]
    if not named:
        raise typer.BadParameter("name at least one photograph")
    # Links to folders are followed as indexing follows them, links to files are not.
    paths = [os.fsencode(path.parent.resolve() / path.name) for path in named]
    return notes.images_named(paths)


def named_image(library: Library, notes: Annotations, file: Path) -> int:
    """The number of the one photograph, or moment of a video, that a command line names.

    Raises:
        UnknownPhotographError: It is not in the library.
        typer.BadParameter: It is a video of several moments.
    """
    first, *others = named_images(notes, [file], None)
    if others:
        from index_data import catalogue
        from index_data.film_times import clock

        moment = library.read(catalogue.images, [first])[first].moment
        start = "" if moment is None else clock(moment.start)
        raise typer.BadParameter(f"{file} has {len(others) + 1:,} moments; name one of them, such as {file}@{start}")
    return first


def _lines(listed: Path) -> list[bytes]:
    """The paths in a file; where zero bytes end them, as with --format paths0, they may hold ends of lines.

    Raises:
        ListError: It cannot be read.
    """
    try:
        content = sys.stdin.buffer.read() if str(listed) == "-" else listed.read_bytes()
        return content.split(b"\0") if b"\0" in content else re.split(rb"\r?\n", content)
    except OSError as error:
        from search.errors import ListError

        raise ListError(f"{listed} could not be read: {error.strerror}") from error


def tell(library: Library, action: ActionRecord | None, done: str, *, dry_run: bool = False) -> None:
    """Says what was done, or shows on stdout what would be."""
    from index_data import catalogue

    if action is None:
        say("Nothing to change.")
    elif dry_run:
        records = library.read(catalogue.images, action.images).values()
        print_table(
            ["path", "caption"], [[shown_place(record.paths[0], record.moment), record.caption] for record in records]
        )
        say(f"Would change {changed(action)}; nothing is stored.")
    else:
        say(f"{done} {changed(action)}; take it back with: imgsearch review undo")
