"""`imgsearch review accept`: says that captions, or proposed tags, are right."""

from __future__ import annotations

from search.cli.options import LibraryOption
from search.cli.photographs import DryRunOption, FilesArgument, FromOption, named_images, opened_library, tell
from search.cli.review.proposed_tags import LeastOption, TagOption, judge_tag


def accept(
    files: FilesArgument = None,
    *,
    tag: TagOption = None,
    least: LeastOption = 0.0,
    listed: FromOption = None,
    dry_run: DryRunOption = False,
    library: LibraryOption = None,
) -> None:
    """Accepts the captions of photographs as they are, or a tag that is proposed.

    Example: imgsearch review accept beach.jpg dog.jpg

    Example: imgsearch review accept --tag Ben --least 0.9
    """
    if tag is not None:
        judge_tag(tag, files, listed, least=least, accept=True, dry_run=dry_run, library=library)
        return
    with opened_library(library) as (opened, notes):
        action = notes.accept(named_images(notes, files, listed), dry_run=dry_run)
        tell(opened, action, "Accepted the captions of", dry_run=dry_run)
