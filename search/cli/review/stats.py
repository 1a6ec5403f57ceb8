"""`imgsearch review stats`: how far the review has come, and how far people agreed with each model."""

from __future__ import annotations

import dataclasses

from search.cli.options import DetailsOption, FiguresOption, LibraryOption, ReportFormat
from search.cli.photographs import opened_library
from search.cli.render import print_json, print_table


def stats(
    *, details: DetailsOption = False, output: FiguresOption = ReportFormat.TABLE, library: LibraryOption = None
) -> None:
    """Shows how far the review has come.

    It also tells how far people agreed with each model.

    Example: imgsearch review stats
    """
    from index_data.annotation.queue import progress

    with opened_library(library) as (opened, _):
        review = progress(opened)
    if output is ReportFormat.JSON:
        models = {
            model: {**dataclasses.asdict(acceptance), "unchanged": acceptance.unchanged}
            for model, acceptance in review.models.items()
        }
        print_json({"images": review.images, "reviewed": review.reviewed, "waiting": review.waiting, "models": models})
        return
    rows = [["photographs", f"{review.images:,}"], ["reviewed", f"{review.reviewed:,}"]]
    rows.append(["waiting", f"{review.waiting:,}"])
    for model, acceptance in review.models.items():
        counts = f"{acceptance.accepted:,} accepted, {acceptance.edited:,} edited, {acceptance.rejected:,} rejected"
        rows.append([model, counts])
        rows.append(["  accepted unchanged", f"{acceptance.unchanged:.1%}"])
        if not details:
            continue
        bleu_4 = "" if acceptance.bleu_4 is None else f"{100 * acceptance.bleu_4:.1f}"
        rows.append(["  BLEU-4 with the final words", bleu_4])
        distance = "" if acceptance.edit_distance is None else f"{acceptance.edit_distance:.1%}"
        rows.append(["  words changed by an edit", distance])
    print_table(["measure", "value"], rows)
