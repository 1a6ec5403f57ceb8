"""`imgsearch export`: writes captions and tags as files that other programs know."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from index_data.exchange.formats import FileFormat, SidecarNaming
from search.cli.console import say
from search.cli.exit_codes import ExitCode
from search.cli.options import ForceOption, LibraryOption
from search.cli.render import print_bytes
from search.cli.set_aside import report_set_aside
from search.output.printable import counted, photographs


class ExportFormat(StrEnum):
    """What is written."""

    COCO = "coco"
    JSONL = "jsonl"
    CSV = "csv"
    XMP = "xmp"


def export_captions(
    target: Annotated[
        Path | None, typer.Argument(help="The file to write; without it, stdout.", readable=False)
    ] = None,
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
        SidecarNaming,
        typer.Option("--names", help="Of sidecars: photo.jpg.xmp as digiKam has them, or photo.xmp as Lightroom has."),
    ] = SidecarNaming.FULL,
    force: ForceOption = False,
    library: LibraryOption = None,
) -> None:
    """Writes captions and tags for other programs.

    These are captions that people wrote or accepted, as COCO JSON, JSON lines, CSV, or XMP sidecars. Sidecars lie
    beside the photographs; fields and keywords of other programs in them are kept.

    Example: imgsearch export captions.json
    """
    from index_data.exchange.transfer import (
        collect,
        format_of,
        to_bytes,
        write_file,
        write_sidecars,
    )
    from index_data.library import Library
    from index_data.locations import library_folder
    from index_data.replaceable import FileKind, check_replaceable

    if output is ExportFormat.XMP:
        if target is not None:
            raise typer.BadParameter("sidecars lie beside the photographs; name no file with --format xmp")
        if gps:
            raise typer.BadParameter("photographs themselves say where they were taken; write COCO, JSON lines or CSV")
        with Library.open(library_folder(library)) as opened:
            made = write_sidecars(opened, proposals=proposals, naming=names)
        say(f"Wrote {counted(made.written, 'sidecar')}; {made.unchanged:,} up to date already.")
        if made.spared:
            say(f"The descriptions of {photographs(made.spared)} are by others, and stay.")
        report_set_aside(made.aside, "could not be written")
        return
    if target is None and output is None:
        raise typer.BadParameter("name a file, or a format for stdout with --format")
    kind = FileFormat(output.value) if output else format_of(target or Path())
    with Library.open(library_folder(library)) as opened:
        if target is not None:
            check_replaceable(target, FileKind[kind.name], force=force, library=opened)
        notes = collect(opened, proposals=proposals, gps=gps)
    if target is None:
        print_bytes(to_bytes(notes, kind=kind))
    elif notes:
        write_file(target, notes, kind=kind)
        say(f"Wrote {'what is known' if gps else 'the words'} of {photographs(len(notes))} to {target}.")
    if not notes:
        say("Nobody has written or accepted a caption yet, or given a tag. Take the model's with: --proposals")
        raise typer.Exit(ExitCode.NOTHING_FOUND)
