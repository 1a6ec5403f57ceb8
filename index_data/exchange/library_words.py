"""What a library says of a photograph or a moment, as it passes into files."""

from __future__ import annotations

from collections.abc import Sequence

from index_data.catalogue.annotation_records import StoredCaption
from index_data.exchange.notes import NotedCaption, Provenance


def noted_captions(captions: Sequence[StoredCaption], *, proposals: bool) -> tuple[NotedCaption, ...]:
    """The captions that people wrote or accepted, the one that is shown first.

    Args:
        captions: Of one photograph.
        proposals: Also what models propose and nobody has reviewed.
    """
    return tuple(
        NotedCaption(stored.text, stored.author, "accepted" if stored.confirmed else "proposed", _provenance(stored))
        for stored in captions
        if stored.confirmed or (proposals and stored.active)
    )


def _provenance(caption: StoredCaption) -> Provenance:
    if caption.author == "person":
        return Provenance.IMPORTED if caption.imported else Provenance.TYPED
    return Provenance.ACCEPTED if caption.confirmed else Provenance.PROPOSED
