"""What a person's word on tags changes: given, taken off, and judged where they are only proposed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from index_data import catalogue
from index_data.catalogue.annotation_records import ABSENT, PRESENT, PROPOSED, REJECTED, Changed, ProposedTag

if TYPE_CHECKING:
    from index_data.catalogue import Session


def given_and_taken(
    session: Session, images: Sequence[int], *, give: Sequence[str], take: Sequence[str]
) -> list[Changed]:
    """The changes by which images get tags, and lose others; one that is only proposed is accepted, or rejected."""
    states = catalogue.tag_states(session, images)
    changes = []
    for image in dict.fromkeys(images):
        state = states.get(image, {})
        changes += given(image, state, give)
        for tag in take:
            if state.get(tag) in (PRESENT, PROPOSED):
                became = ABSENT if state[tag] == PRESENT else REJECTED
                changes.append(Changed(image, None, tag, state[tag], became))
    return changes


def given(image: int, state: Mapping[str, str], tags: Iterable[str]) -> list[Changed]:
    """The changes by which an image gets tags, from the states of those that it has."""
    return [
        Changed(image, None, tag, state.get(tag, ABSENT), PRESENT)
        for tag in dict.fromkeys(tags)
        if state.get(tag) != PRESENT
    ]


def judged(session: Session, proposals: Sequence[ProposedTag], *, accept: bool) -> list[Changed]:
    """The changes by which proposals become a person's word, of those that nobody has judged yet."""
    states = catalogue.tag_states(session, [proposal.image_id for proposal in proposals])
    return [
        Changed(image, None, name, PROPOSED, PRESENT if accept else REJECTED)
        for image, name in dict.fromkeys((proposal.image_id, proposal.name) for proposal in proposals)
        if states.get(image, {}).get(name) == PROPOSED
    ]
