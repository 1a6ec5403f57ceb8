"""`imgsearch review`: people's word on captions and tags, for scripts and for those who like to type."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from search.cli.console import say, shown_path
from search.cli.evaluate import ReportFormat
from search.cli.options import DeviceOption, LibraryOption, ModelOption, model_path
from search.cli.photographs import (
    DryRunOption,
    FilesArgument,
    FromOption,
    named_images,
    opened_library,
    tell,
)
from search.cli.queue import FiguresOption, history, list_queue, stats
from search.cli.render import print_json, print_table
from search.output.printable import photographs, printable

if TYPE_CHECKING:
    from captioning.outputs import Caption
    from index_data.library import Library
    from search.engine.engine import Engine

review = typer.Typer(
    name="review",
    help="Accept, edit, reject and tag what the model wrote; everything can be undone.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

review.command("list")(list_queue)


@review.command()
def accept(
    files: FilesArgument = None,
    *,
    listed: FromOption = None,
    dry_run: DryRunOption = False,
    library: LibraryOption = None,
) -> None:
    """Accepts the captions of photographs as they are.

    Example: imgsearch review accept beach.jpg dog.jpg
    """
    with opened_library(library) as (opened, notes):
        action = notes.accept(named_images(notes, files, listed), dry_run=dry_run)
        tell(opened, action, "Accepted the captions of", dry_run=dry_run)


@review.command()
def edit(
    file: Annotated[Path, typer.Argument(help="A photograph of the library.")],
    caption: Annotated[str, typer.Argument(help="What it shows, in your own words.")],
    *,
    library: LibraryOption = None,
) -> None:
    """Gives a photograph your caption; no model ever overwrites it.

    Example: imgsearch review edit beach.jpg "our dog Ben on the beach at Sylt"
    """
    with opened_library(library) as (opened, notes):
        (image,) = named_images(notes, [file], None)
        tell(opened, notes.edit(image, caption), "Wrote the caption of")


@review.command()
def reject(
    files: FilesArgument = None,
    *,
    listed: FromOption = None,
    alternatives: Annotated[
        int, typer.Option("--alternatives", "-n", min=0, help="How many other captions the model is asked for.")
    ] = 4,
    output: FiguresOption = ReportFormat.TABLE,
    library: LibraryOption = None,
    model: ModelOption = "shipped",
    device: DeviceOption = "auto",
) -> None:
    """Rejects the captions of photographs; the model's next best is proposed, and the photographs wait again.

    Example: imgsearch review reject beach.jpg
    """
    from captioning.runtime.devices import choose_device
    from index_data import catalogue
    from search.engine.engine import Engine

    chosen = choose_device(device)
    with opened_library(library) as (opened, notes):
        images = named_images(notes, files, listed)
        engine = Engine(opened, model=model_path(model), device=chosen)
        offered = _alternatives(engine, opened, images, alternatives) if alternatives else {}
        action = notes.reject(images, model=engine.model, alternatives=offered)
        tell(opened, action, "Rejected the captions of")
        after = opened.read(catalogue.images, images)
    changed = [after[image] for image in action.images] if action else []
    others = {one.image_id: [other.text for other in offered.get(one.image_id, ())] for one in changed}
    if output is ReportFormat.JSON:
        print_json(
            [
                {"path": os.fsdecode(one.paths[0]), "caption": one.caption, "alternatives": others[one.image_id]}
                for one in changed
            ]
        )
    elif changed:
        rows = []
        for one in changed:
            path = shown_path(one.paths[0])
            rows.append(["now", path, one.caption])
            rows += [["other", path, text] for text in others[one.image_id] if text != one.caption]
        print_table(["", "path", "caption"], rows)


@review.command()
def tag(
    files: FilesArgument = None,
    *,
    add: Annotated[list[str] | None, typer.Option("--add", "-a", help="A tag to give; repeatable.")] = None,
    remove: Annotated[list[str] | None, typer.Option("--remove", "-r", help="A tag to take off; repeatable.")] = None,
    listed: FromOption = None,
    dry_run: DryRunOption = False,
    library: LibraryOption = None,
) -> None:
    """Gives photographs tags, or takes tags off.

    Example: imgsearch review tag beach.jpg dog.jpg --add holiday --add Sylt
    """
    if not (add or remove):
        raise typer.BadParameter("name a tag with --add or --remove")
    with opened_library(library) as (opened, notes):
        images = named_images(notes, files, listed)
        action = notes.tag(images, add=add or (), remove=remove or (), dry_run=dry_run)
        tell(opened, action, "Changed the tags of", dry_run=dry_run)


@review.command()
def undo(*, library: LibraryOption = None) -> None:
    """Takes the latest action back, all of it; again for the one before.

    Example: imgsearch review undo
    """
    with opened_library(library) as (_, notes):
        action = notes.undo()
    say(f"Undid {action.kind} of {photographs(len(action.images))}; do it again with: imgsearch review redo")


@review.command()
def redo(*, library: LibraryOption = None) -> None:
    """Does again what was undone last, until something else is done.

    Example: imgsearch review redo
    """
    with opened_library(library) as (_, notes):
        action = notes.redo()
    say(f"Redid {action.kind} of {photographs(len(action.images))}.")


review.command()(history)
review.command()(stats)


def _alternatives(engine: Engine, library: Library, images: list[int], count: int) -> dict[int, list[Caption]]:
    """Other sentences for each image; a photograph that cannot be read now is named and gets none."""
    from captioning.errors import UnreadableImageError
    from index_data import catalogue

    offered: dict[int, list[Caption]] = {}
    for image, record in library.read(catalogue.images, images).items():
        try:
            # One more, since the first is mostly what is there.
            offered[image] = engine.alternatives(Path(os.fsdecode(record.paths[0])), sentences=count + 1)
        except UnreadableImageError as error:
            say(f"no other caption for {printable(record.paths[0])}: {error.reason}")
    return offered
