"""`imgsearch import`: takes captions and tags from files that other programs wrote."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from index_data.exchange.formats import FileFormat
from search.cli.console import progress_bar, say
from search.cli.options import LibraryOption
from search.cli.photographs import DryRunOption, tell
from search.cli.set_aside import report_set_aside
from search.output.printable import counted, photographs

if TYPE_CHECKING:
    from index_data.exchange.notes import Aside, Noted
    from index_data.library import Library


def import_captions(
    files: Annotated[
        list[Path] | None, typer.Argument(help="COCO JSON, JSON lines, CSV, Flickr8k lists or WebVTT.", readable=False)
    ] = None,
    *,
    own: Annotated[
        bool,
        typer.Option(
            "--own", help="Take what lies with the photographs and videos: XMP sidecars, XMP, IPTC, EXIF, WebVTT."
        ),
    ] = False,
    kind: Annotated[
        FileFormat | None, typer.Option("--format", "-f", help="What the files are; else what their names tell.")
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option("--folder", help="Where relative paths begin; else the folder of each file.", readable=False),
    ] = None,
    dry_run: DryRunOption = False,
    library: LibraryOption = None,
) -> None:
    """Takes in captions and tags from other programs.

    They come from files or from the photographs themselves, count as yours, and can be undone as a whole. Each is
    matched to a photograph of the library by content, by path, or by a name that only one has; subtitles are matched to
    the moments of the video that they lie beside.

    Example: imgsearch import Flickr8k.token.txt --folder ~/Flickr8k
    """
    from index_data.addresses import library_address
    from index_data.exchange.transfer import bring_in, read_file
    from index_data.library import Library

    if bool(files) == own:
        raise typer.BadParameter("give either files or --own")
    aside: list[Aside] = []
    with Library.open(library_address(library)) as opened:
        notes = _own_words(opened, aside) if own else []
        for file in files or ():
            read = read_file(file, kind=kind)
            notes += read.notes
            aside += read.aside
            for remark in read.remarks:
                say(remark)
        folders = [folder] if folder else [file.parent for file in files or ()]
        made = bring_in(opened, notes, folders=folders, dry_run=dry_run)
        tell(opened, made.action, "Took the words of", dry_run=dry_run)
    if made.proposals:
        say(f"Left out {counted(made.proposals, 'caption')} by a model that nobody has accepted.")
    if made.refused:
        say(f"Left out as rejected, edited or taken off here: {made.refused:,}.")
    report_set_aside([*aside, *made.aside], "was passed over")


def _own_words(library: Library, aside: list[Aside]) -> list[Noted]:
    from index_data.exchange.notes import Noted
    from index_data.exchange.transfer import read_photographs

    notes: list[Noted] = []
    with progress_bar("photographs") as progress:
        status = library.status()
        task = progress.add_task("reading", total=status.places + status.moments)
        for outcome in read_photographs(library):
            progress.advance(task)
            if isinstance(outcome, Noted):
                notes.append(outcome)
            else:
                aside.append(outcome)
    for remark, count in Counter(remark for note in notes for remark in note.remarks).items():
        say(f"Of {photographs(count)}: {remark}.")
    return notes
