"""`imgsearch index`: brings folders of photographs and videos into a library."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from search.cli.console import complain, mention, progress_bar, say
from search.cli.exit_codes import ExitCode
from search.cli.options import (
    OWN_MODEL,
    DeviceOption,
    ExcludeOption,
    FiguresOption,
    HiddenOption,
    LibraryOption,
    MaxPixelsOption,
    ModelOption,
    ReportFormat,
    model_path,
)
from search.cli.render import print_json
from search.output.printable import counted, photographs, printable
from search.output.scan_words import film_words, finished_words

if TYPE_CHECKING:
    from rich.progress import Progress

    from captioning.runtime.devices import Device
    from index_data.library import Library
    from index_data.scan.events import Event, FileSetAside, ScanFinished
    from index_data.scan.readers import PlanReader

SHOWN = 10
"""Skipped files that are named one by one; the rest are counted."""


def index(
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
    retry: Annotated[bool, typer.Option("--retry", help="Try files again that were skipped.")] = False,
    max_pixels: MaxPixelsOption = None,
    gone: Annotated[
        bool, typer.Option("--gone", help="Believe that what an empty folder held is gone; else it is kept.")
    ] = False,
    gps: Annotated[
        bool | None,
        typer.Option(
            "--gps/--no-gps",
            help="Keep where photographs were taken, or forget what was kept; else neither.",
            show_default=False,
        ),
    ] = None,
    output: FiguresOption = ReportFormat.TABLE,
    library: LibraryOption = None,
    model: ModelOption = OWN_MODEL,
    device: DeviceOption = "auto",
    ray: Annotated[
        str | None,
        typer.Option(
            "--ray",
            help="Read and describe on the machines of a Ray cluster, which all see the folders under the same paths: "
            "auto for the one that runs here, or HOST:PORT.",
            metavar="ADDRESS",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Describes photographs and videos in folders, and what is new.

    Of a video each moment is described and found like a photograph. The film of a Live Photo belongs to its photograph,
    and so does a raw file beside a JPEG or HEIC of the same name.

    Run it again, without FOLDERS, to bring all of them up to date. The library remembers the folders, and what is left
    out in each: see imgsearch folders. A file named .imgsearchignore, written as .gitignore is, leaves out what it
    names in its folder and below. Links to files are followed, links to folders are not. What is left out now is no
    longer shown; its captions are kept.

    Example: imgsearch index

    Example: imgsearch index ~/Pictures -x '*.png' -x drafts/
    """
    from captioning.runtime.devices import CPU, choose_device
    from index_data.addresses import library_address
    from index_data.locations import config_file
    from index_data.new_library import open_or_make
    from index_data.scan.roots import FolderChange
    from index_data.settings import read_settings

    chosen = CPU if ray else choose_device(device)
    folders = folders or []
    with open_or_make(library_address(library)) as opened:
        finished = index_into(
            opened,
            folders,
            model=model_path(model, opened),
            device=chosen,
            cluster=Cluster(ray, device) if ray else None,
            change=FolderChange(tuple(exclude or ()), hidden, max_pixels),
            retry=retry,
            believe_empty=gone,
            always_exclude=read_settings(config_file()).exclude,
        )
        if gps is not None:
            _say_positions(opened, folders, keep=gps)
    if output is ReportFormat.JSON:
        described = dataclasses.asdict(finished.described)
        print_json({**dataclasses.asdict(finished.counts), "described": described, "not_read": dict(finished.unread)})
    if finished.emptied or (finished.counts.set_aside and not finished.counts.readable):
        raise typer.Exit(ExitCode.SET_ASIDE)


def _say_positions(library: Library, folders: list[Path], *, keep: bool) -> None:
    from index_data.positions import forget_positions, forget_positions_in_backups, keep_positions

    count = keep_positions(library, folders) if keep else forget_positions(library)
    say(
        f"Where {photographs(count)} {'was' if count == 1 else 'were'} taken is {'now known' if keep else 'forgotten'}."
    )
    if not keep:
        cleaned, kept = forget_positions_in_backups(library)
        if cleaned:
            backups = counted(cleaned, "backup")
            say(f"It was taken out of {backups} in the library's folder; copies elsewhere may still hold it.")
        for backup in kept:
            say(f"{printable(os.fsencode(backup))} could not be changed and may still hold it.")


class Cluster(NamedTuple):
    """The Ray cluster that reads and describes.

    Attributes:
        address: As the option has it.
        device: As the option of its own has it: what the networks run on there.
    """

    address: str
    device: str

    def reader(self, model: Path | None) -> AbstractContextManager[PlanReader]:
        """Connects to it for a model file, the shipped one without a path.

        Raises:
            ClusterError: Ray is not installed, or the cluster cannot be reached or used.
            DeviceError: The device is none that every machine has.
        """
        from index_data.cluster.connection import connected

        return connected(self.address, model=model, device=self.device, remark=say)


def index_into(
    library: Library,
    folders: list[Path],
    *,
    model: Path | None,
    device: Device,
    cluster: Cluster | None = None,
    **options: Any,
) -> ScanFinished:
    """Indexes folders, draws the bar, and says the closing line; the options are those of `index_folders`."""
    from captioning.lazy_captioner import LazyCaptioner
    from index_data.scan.pipeline import index_folders

    with cluster.reader(model) if cluster else nullcontext() as reader, progress_bar("pictures") as progress:
        describer = LazyCaptioner.open(model, device=device)
        place = f"the Ray cluster {cluster.address}" if cluster else f"{device.name}: {device.reason}"
        mention(f"Library {library.address}; model {describer.identity.id} on {place}.")
        events = index_folders(library, folders, describer, batch=device.batch, reader=reader, **options)
        finished, skipped = _follow(events, progress)
    counts = finished.counts
    for event in skipped[:SHOWN]:
        complain(f"skipped: {printable(event.path)}: {event.reason}")
    if len(skipped) > SHOWN:
        complain(f"... and {len(skipped) - SHOWN} more; see them with: imgsearch problems")
    if not (counts.readable or counts.set_aside):
        say(f"There are no photographs or videos in {', '.join(map(str, folders)) or 'the folders of this library'}.")
    if line := closing_line(finished):
        say(line)
    return finished


def _follow(events: Iterable[Event], progress: Progress) -> tuple[ScanFinished, list[FileSetAside]]:
    """Draws how far a scan is, and gives how it ended and what it skipped."""
    from index_data.scan.events import FileSetAside, FilesListed, ModelNeeded, ScanFinished, ScanProgressed

    finished: ScanFinished | None = None
    skipped: list[FileSetAside] = []
    task = progress.add_task("looking through the folders", total=None)
    for event in events:
        match event:
            case FilesListed():
                progress.update(task, description="reading", total=event.pending)
            case ModelNeeded():
                progress.update(task, description="loading the model")
            case ScanProgressed():
                task_name, done = "describing", float(event.done)
                if event.film is not None:
                    task_name += f" {film_words(event.film)}"
                    done += event.film.share
                progress.update(task, description=task_name, completed=done, total=event.total)
            case FileSetAside():
                skipped.append(event)
            case ScanFinished():
                finished = event
    assert finished is not None, "the pipeline always ends with ScanFinished"
    return finished, skipped


def closing_line(finished: ScanFinished) -> str:
    """Says what a scan found, in one line, and which pictures are of kinds that are not read; empty for nothing."""
    from captioning.images.formats import RAW_SUFFIXES
    from captioning.images.raw import NEEDED

    unread = finished.unread
    parts = [finished_words(finished)]
    if unread:
        kinds = ", ".join(f"{count:,} {printable(os.fsencode(ending))}" for ending, count in sorted(unread.items()))
        parts.append(f"of kinds that imgsearch does not read: {kinds}")
        if not RAW_SUFFIXES.isdisjoint(unread):
            parts.append(NEEDED)
    return "; ".join(part for part in parts if part)
