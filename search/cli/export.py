"""`imgsearch export`: writes captions and tags as files that other programs know."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from index_data.exchange.formats import FileFormat, SidecarNaming
from search.cli.console import complain, say
from search.cli.exit_codes import ExitCode
from search.cli.hit_actions import opened_engine
from search.cli.options import OWN_MODEL, DeviceOption, ForceOption, LibraryOption, ModelOption
from search.cli.photographs import opened_library
from search.cli.render import print_bytes
from search.cli.set_aside import report_set_aside
from search.output.printable import counted, photographs

if TYPE_CHECKING:
    from index_data.library import Library

NOTHING_MATCHES = "Nothing matches."


class ExportFormat(StrEnum):
    """What is written."""

    COCO = "coco"
    JSONL = "jsonl"
    CSV = "csv"
    XMP = "xmp"
    VTT = "vtt"


_BESIDE = {
    ExportFormat.XMP: "sidecars lie beside the photographs",
    ExportFormat.VTT: "subtitles lie beside the videos",
}


def export_captions(
    target: Annotated[
        Path | None, typer.Argument(help="The file to write; without it, stdout.", readable=False)
    ] = None,
    *,
    query: Annotated[
        str | None,
        typer.Option("--query", help="Only of photographs that this finds, as imgsearch query does.", metavar="WORDS"),
    ] = None,
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
    model: ModelOption = OWN_MODEL,
    device: DeviceOption = "auto",
) -> None:
    """Writes captions and tags for other programs.

    These are captions that people wrote or accepted, as COCO JSON, JSON lines, CSV, or XMP sidecars. Sidecars lie
    beside the photographs; fields and keywords of other programs in them are kept. The format vtt writes subtitles
    beside videos, `film.vtt` for `film.mp4`; those that are there stay unless you say --force.

    Example: imgsearch export captions.json

    Example: imgsearch export beach.csv --query "beach after:2023" --proposals
    """
    if output in _BESIDE:
        if target is not None:
            raise typer.BadParameter(f"{_BESIDE[output]}; name no file with --format {output}")
        if gps:
            raise typer.BadParameter("photographs themselves say where they were taken; write COCO, JSON lines or CSV")
        with _asked(query, library, model, device) as (opened, images):
            _write_beside(opened, images, output, proposals=proposals, naming=names, force=force)
        return
    if target is None and output is None:
        raise typer.BadParameter("name a file, or a format for stdout with --format")
    from index_data.exchange.transfer import check_written, collect, format_of, to_bytes, write_file
    from index_data.film_times import split_time
    from index_data.replaceable import FileKind, check_replaceable

    kind = FileFormat(output.value) if output else format_of(target or Path())
    check_written(kind)
    with _asked(query, library, model, device) as (opened, images):
        if target is not None:
            check_replaceable(target, FileKind[kind.name], force=force, library=opened)
        notes = collect(opened, proposals=proposals, gps=gps, images=images)
    if target is None:
        print_bytes(to_bytes(notes, kind=kind))
    elif notes:
        write_file(target, notes, kind=kind)
        moments = sum(split_time(noted.path) is not None for noted in notes)
        whose = photographs(len(notes) - moments, moments=moments)
        say(f"Wrote {'what is known' if gps else 'the words'} of {whose} to {target}.")
    if not notes:
        whose = "" if images is None else " of these"
        wordless = f"Nobody has written or accepted a caption{whose} yet, or given a tag."
        say(NOTHING_MATCHES if images == [] else f"{wordless} Take the model's with: --proposals")
        raise typer.Exit(ExitCode.NOTHING_FOUND)


def _write_beside(
    library: Library,
    images: list[int] | None,
    output: ExportFormat,
    *,
    proposals: bool,
    naming: SidecarNaming,
    force: bool,
) -> None:
    from index_data.exchange.films import write_subtitles
    from index_data.exchange.transfer import write_sidecars

    if images == []:
        say(NOTHING_MATCHES)
        raise typer.Exit(ExitCode.NOTHING_FOUND)
    if output is ExportFormat.VTT:
        made = write_subtitles(library, proposals=proposals, force=force, images=images)
        written = f"the subtitles of {counted(made.written, 'video')}"
    else:
        made = write_sidecars(library, proposals=proposals, naming=naming, images=images)
        written = counted(made.written, "sidecar")
    say(f"Wrote {written}; {made.unchanged:,} up to date already.")
    if made.spared:
        say(f"The descriptions of {photographs(made.spared)} are by others, and stay.")
    report_set_aside(made.aside, "could not be written")


@contextmanager
def _asked(
    query: str | None, folder: str | None, model: str, device: str
) -> Iterator[tuple[Library, list[int] | None]]:
    """The library, and the numbers of the photographs that a query finds there, those that look alike among them."""
    if query is None:
        with opened_library(folder) as (opened, _):
            yield opened, None
        return
    from search.engine.options import SearchOptions
    from search.engine.query_language import parse
    from search.errors import UnknownWordsError

    parsed = parse(query)
    with opened_engine(folder, model, device) as (opened, engine):
        images: list[int] = []
        try:
            images = engine.search(parsed, SearchOptions(collapse_duplicates=False)).ranking.image_ids.tolist()
        except UnknownWordsError as error:
            complain(f"imgsearch: {error}")
        yield opened, images
