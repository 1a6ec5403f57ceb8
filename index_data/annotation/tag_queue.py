"""The proposed tags that wait for a person, the most useful to answer first."""

from __future__ import annotations

from collections.abc import Collection

from index_data import catalogue
from index_data.catalogue.annotation_records import ProposedTag
from index_data.library import Library


def tag_queue(
    library: Library, *, name: str | None = None, least: float = 0.0, among: Collection[int] | None = None
) -> list[ProposedTag]:
    """Proposed tags, the most doubtful first: those of a probability near one half teach the most.

    This is uncertainty sampling, of Lewis and Gale, "A Sequential Algorithm for Training Text Classifiers" (1994).

    Args:
        library: Open.
        name: Only this tag.
        least: Only those of at least this probability.
        among: Only of these photographs.
    """
    proposed = library.read(catalogue.proposed_tags, name)
    chosen = [tag for tag in proposed if tag.probability >= least and (among is None or tag.image_id in among)]
    return sorted(chosen, key=doubt)


def doubt(tag: ProposedTag) -> float:
    """How far a proposal is from as likely as not; the least is the most useful to answer."""
    return abs(tag.probability - 0.5)
