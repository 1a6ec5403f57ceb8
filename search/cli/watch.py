"""`imgsearch watch`: keeps a library up to date with its folders as photographs and videos arrive."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from search.cli.console import complain, say, shown_path
from search.cli.index import closing_line
from search.cli.options import (
    OWN_MODEL,
    DeviceOption,
    ExcludeOption,
    HiddenOption,
    LibraryOption,
    ModelOption,
    model_path,
)
from search.output.printable import counted, printable

if TYPE_CHECKING:
    from index_data.scan.events import Arrival


def watch(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Folders of photographs and videos, with their subfolders; without any, all that the library knows.",
            readable=False,
        ),
    ] = None,
    *,
    exclude: ExcludeOption = None,
    hidden: HiddenOption = None,
    library: LibraryOption = None,
    model: ModelOption = OWN_MODEL,
    device: DeviceOption = "auto",
) -> None:
    """Keeps folders up to date as pictures and videos arrive.

    First it does what imgsearch index does; ctrl+c ends it. A video is described when it is no longer recorded or
    copied: when it has not changed for ten seconds.

    Example: imgsearch watch ~/Pictures
    """
    from captioning.lazy_captioner import LazyCaptioner
    from captioning.runtime.devices import choose_device
    from index_data import catalogue
    from index_data.addresses import library_address
    from index_data.locations import config_file
    from index_data.new_library import open_or_make
    from index_data.scan.events import FileSetAside, ScanFinished, ScanProgressed
    from index_data.scan.roots import FolderChange
    from index_data.scan.watch import watch_folders
    from index_data.settings import read_settings

    chosen = choose_device(device)
    named: set[tuple[bytes, str]] = set()
    first = True
    with open_or_make(library_address(library)) as opened:
        watched = [os.fsencode(folder.absolute()) for folder in folders or []] or [
            folder.path for folder in opened.read(catalogue.folders)
        ]
        for folder in watched:
            say(f"Watching {shown_path(folder)}")
        if watched:
            say("Stop with ctrl+c.")
        for event in watch_folders(
            opened,
            folders or [],
            LazyCaptioner.open(model_path(model, opened), device=chosen),
            batch=chosen.batch,
            always_exclude=read_settings(config_file()).exclude,
            change=FolderChange(tuple(exclude or ()), hidden),
            waiting=lambda error: say(f"Waiting: {error}"),
            looking=lambda obstacle: say(f"No changes are told here ({obstacle}); looking every few seconds instead."),
        ):
            match event:
                case FileSetAside() if (event.path, event.reason) not in named:
                    named.add((event.path, event.reason))
                    complain(f"skipped: {printable(event.path)}: {event.reason}")
                case ScanProgressed() if not first:
                    for arrival in event.arrivals:
                        say(_arrival_line(arrival))
                case ScanFinished():
                    removed = event.counts.removed
                    line = closing_line(event) if first else removed and f"{removed:,} removed"
                    if line:
                        say(line)
                    first = False


def _arrival_line(arrival: Arrival) -> str:
    kind = "copy" if arrival.kind == "duplicate" else arrival.kind
    said = counted(arrival.moments, "moment") if arrival.moments else arrival.caption
    return f"{kind}: {shown_path(arrival.path)}" + (f": {said}" if said else "")
