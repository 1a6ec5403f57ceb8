"""`imgsearch export` and `imgsearch import`: captions and tags as files that other programs know."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from search.cli.console import progress_bar, say
from search.cli.exit_codes import ExitCode
from search.cli.options import LibraryOption
from search.cli.photographs import DryRunOption, tell
from search.output.printable import photographs, printable

if TYPE_CHECKING:
    from index_data.exchange.matching import Aside
    from index_data.exchange.notes import Noted
    from index_data.library import Library

SHOWN = 10
"""Entries passed over that are named one by one; the rest are counted."""


class ExportFormat(StrEnum):
    """What is written."""

    COCO = "coco"
    JSONL = "jsonl"
    CSV = "csv"
    XMP = "xmp"


class SidecarNames(StrEnum):
    """What sidecars are called."""

    FULL = "full"
    STEM = "stem"


class ImportFormat(StrEnum):
    """What is read."""

    COCO = "coco"
    JSONL = "jsonl"
    CSV = "csv"
    FLICKR = "flickr"


def export_captions(
    target: Annotated[Path | None, typer.Argument(help="The file to write; without it, stdout.")] = None,
    *,
    output: Annotated[
        ExportFormat | None,
        typer.Option("--format", "-f", help="What to write; else what the file's name tells."),
    ] = None,
    proposals: Annotated[
        bool, typer.Option("--proposals", help="Also what the model proposes and nobody has reviewed.")
    ] = False,
    gps: Annotated[
        bool, typer.Option("--gps", help="Also where photographs were taken, if it was kept by: imgsearch index --gps")
    ] = False,
    names: Annotated[
        SidecarNames,
        typer.Option("--names", help="Of sidecars: photo.jpg.xmp as digiKam has them, or photo.xmp as Lightroom has."),
    ] = SidecarNames.FULL,
    library: LibraryOption = None,
) -> None:
    """Writes captions that people wrote or accepted, and tags: COCO JSON, JSON lines, CSV, or XMP sidecars.

    Sidecars lie beside the photographs; fields and keywords of other programs in them are kept.

    Example: imgsearch export captions.json
    """
    from index_data.exchange.transfer import (
        FileFormat,
        SidecarNaming,
        collect,
        format_of,
        to_bytes,
        write_file,
        write_sidecars,
    )
    from index_data.library import Library
    from index_data.locations import library_folder

    if output is ExportFormat.XMP:
        if target is not None:
            raise typer.BadParameter("sidecars lie beside the photographs; name no file with --format xmp")
        if gps:
            raise typer.BadParameter("photographs themselves say where they were taken; write COCO, JSON lines or CSV")
        with Library.open(library_folder(library)) as opened:
            made = write_sidecars(opened, proposals=proposals, naming=SidecarNaming(names.value))
        say(f"Wrote {made.written:,} sidecars; {made.unchanged:,} said it all before.")
        _finish(made.aside, "could not be written")
        return
    if target is None and output is None:
        raise typer.BadParameter("name a file, or a format for stdout with --format")
    kind = FileFormat(output.value) if output else format_of(target or Path())
    with Library.open(library_folder(library)) as opened:
        notes = collect(opened, proposals=proposals, gps=gps)
    if target is None:
        sys.stdout.buffer.write(to_bytes(notes, kind=kind))
    else:
        write_file(target, notes, kind=kind)
        say(f"Wrote {'what is known' if gps else 'the words'} of {photographs(len(notes))} to {target}.")


def import_captions(
    files: Annotated[list[Path] | None, typer.Argument(help="COCO JSON, JSON lines, CSV or Flickr8k lists.")] = None,
    *,
    own: Annotated[
        bool, typer.Option("--own", help="Take what lies with the photographs: XMP sidecars, XMP, IPTC, EXIF.")
    ] = False,
    kind: Annotated[
        ImportFormat | None, typer.Option("--format", "-f", help="What the files are; else what their names tell.")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option("--folder", help="Where relative paths begin; else the folder of each file.")
    ] = None,
    dry_run: DryRunOption = False,
    library: LibraryOption = None,
) -> None:
    """Takes captions and tags from files, or from the photographs themselves, as yours; it can be undone as a whole.

    Each is matched to a photograph of the library by content, by path, or by a name that only one has.

    Example: imgsearch import Flickr8k.token.txt --folder ~/Flickr8k
    """
    from index_data.exchange.transfer import FileFormat, bring_in, read_file
    from index_data.library import Library
    from index_data.locations import library_folder

    if bool(files) == own:
        raise typer.BadParameter("give either files or --own, not both and not neither")
    aside: list[Aside] = []
    with Library.open(library_folder(library)) as opened:
        notes = _own_words(opened, aside) if own else []
        for file in files or ():
            notes += read_file(file, kind=FileFormat(kind.value) if kind else None)
        folders = [folder] if folder else [file.parent for file in files or ()]
        made = bring_in(opened, notes, folders=folders, dry_run=dry_run)
        tell(opened, made.action, "Took the words of", dry_run=dry_run)
    _finish([*aside, *made.aside], "was passed over")


def _own_words(library: Library, aside: list[Aside]) -> list[Noted]:
    from index_data.exchange.notes import Noted
    from index_data.exchange.transfer import read_photographs

    notes: list[Noted] = []
    with progress_bar("photographs") as progress:
        task = progress.add_task("reading", total=library.status().places)
        for one in read_photographs(library):
            progress.advance(task)
            if isinstance(one, Noted):
                notes.append(one)
            else:
                aside.append(one)
    return notes


def _finish(aside: Sequence[Aside], what: str) -> None:
    for one in aside[:SHOWN]:
        say(f"{printable(one.path)} {what}: {one.reason}")
    if len(aside) > SHOWN:
        say(f"... and {len(aside) - SHOWN} more.")
    if aside:
        raise typer.Exit(ExitCode.SET_ASIDE)
