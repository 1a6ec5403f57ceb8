"""`imgsearch review reject`: rejects captions, and proposes what the model says instead; or rejects proposed tags."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from search.cli.console import complain, shown_place
from search.cli.options import (
    OWN_MODEL,
    DeviceOption,
    FiguresOption,
    LibraryOption,
    ModelOption,
    ReportFormat,
    model_path,
)
from search.cli.photographs import DryRunOption, FilesArgument, FromOption, named_images, opened_library, tell
from search.cli.render import print_json, print_table
from search.cli.review.proposed_tags import LeastOption, TagOption, judge_tag
from search.output.film_words import moment_record

if TYPE_CHECKING:
    from captioning.outputs import Caption
    from index_data.library import Library
    from search.engine.engine import Engine


def reject(
    files: FilesArgument = None,
    *,
    tag: TagOption = None,
    least: LeastOption = 0.0,
    listed: FromOption = None,
    alternatives: Annotated[
        int, typer.Option("--alternatives", min=0, help="How many other captions the model is asked for.")
    ] = 4,
    dry_run: DryRunOption = False,
    output: FiguresOption = ReportFormat.TABLE,
    library: LibraryOption = None,
    model: ModelOption = OWN_MODEL,
    device: DeviceOption = "auto",
) -> None:
    """Rejects the captions of photographs, or a tag that is proposed.

    The model's next best caption is proposed, and the photographs wait again. A tag never comes back.

    Example: imgsearch review reject beach.jpg

    Example: imgsearch review reject --tag Ben wolf.jpg
    """
    if tag is not None:
        judge_tag(tag, files, listed, least=least, accept=False, dry_run=dry_run, library=library)
        return
    from captioning.runtime.devices import choose_device
    from index_data import catalogue
    from search.engine.engine import Engine

    chosen = choose_device(device)
    with opened_library(library) as (opened, notes):
        images = named_images(notes, files, listed)
        if dry_run:
            tell(opened, notes.reject(images, dry_run=True), "", dry_run=True)
            return
        engine = Engine(opened, model=model_path(model, opened), device=chosen)
        offered = _alternatives(engine, opened, images, alternatives) if alternatives else {}
        action = notes.reject(images, model=engine.model, alternatives=offered)
        tell(opened, action, "Rejected the captions of")
        after = opened.read(catalogue.images, images)
    changed = [after[image] for image in action.images] if action else []
    texts = {image: [caption.text for caption in offered.get(image, ())] for image in images}
    if output is ReportFormat.JSON:
        print_json(
            [
                {
                    "path": os.fsdecode(photo.paths[0]),
                    **({} if photo.moment is None else moment_record(photo.moment)),
                    "caption": photo.caption,
                    "alternatives": texts[photo.image_id],
                }
                for photo in changed
            ]
        )
    elif changed:
        rows = []
        for photo in changed:
            path = shown_place(photo.paths[0], photo.moment)
            rows.append(["now", path, photo.caption])
            rows += [["other", path, text] for text in texts[photo.image_id] if text != photo.caption]
        print_table(["", "path", "caption"], rows)


def _alternatives(engine: Engine, library: Library, images: list[int], count: int) -> dict[int, list[Caption]]:
    """Other sentences for each image; a photograph that cannot be read now is named and gets none."""
    from captioning.errors import UnreadableFileError
    from index_data import catalogue

    offered: dict[int, list[Caption]] = {}
    for image, record in library.read(catalogue.images, images).items():
        try:
            # One more, since the first is mostly what is there.
            path, time = Path(os.fsdecode(record.paths[0])), record.moment and record.moment.time
            offered[image] = engine.alternatives(path, sentences=count + 1, time=time)
        except UnreadableFileError as error:
            complain(f"no other caption for {shown_place(record.paths[0], record.moment)}: {error.reason}")
    return offered
