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

from search.cli.console import say, shown_path
from search.cli.render import print_table
from search.output.printable import photographs

if TYPE_CHECKING:
    from index_data.annotation.actions import Annotations
    from index_data.catalogue.annotation_records import ActionRecord
    from index_data.library import Library

FilesArgument = Annotated[
    list[Path] | None,
    typer.Argument(help="Photographs of the library; of a video film.mp4@1:23 is a moment.", readable=False),
]
FromOption = Annotated[
    Path | None,
    typer.Option(
        "--from", help="Also those in this file, one a line or ended by zero bytes; - is stdin.", readable=False
    ),
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", "-n", help="Only show what would change.")]


@contextmanager
def opened_library(folder: Path | None) -> Iterator[tuple[Library, Annotations]]:
    """The library in a folder, and what people say of its photographs."""
    from index_data.annotation.actions import Annotations
    from index_data.library import Library
    from index_data.locations import library_folder

    with Library.open(library_folder(folder)) as opened:
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
        print_table(["path", "caption"], [[shown_path(record.paths[0]), record.caption] for record in records])
        say(f"Would change {photographs(len(action.images))}; nothing is stored.")
    else:
        say(f"{done} {photographs(len(action.images))}; take it back with: imgsearch review undo")
