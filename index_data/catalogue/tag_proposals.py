"""Tags that the library learnt and proposes, and what people answered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final, cast

from index_data.catalogue.annotation_records import ABSENT, PRESENT, PROPOSED, REJECTED, LearntTag, ProposedTag
from index_data.catalogue.sql_parts import AMONG, listed, stored_time
from index_data.catalogue.statements import run

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_OPEN: Final = (
    "SELECT image_id, name, probability FROM proposed_tag WHERE state = 'proposed'"
    " AND EXISTS (SELECT 1 FROM sighting WHERE sighting.image_id = proposed_tag.image_id)"
)
_STATES: Final = {PRESENT: "accepted", ABSENT: "rejected", REJECTED: "rejected", PROPOSED: "proposed"}
"""What becomes of a proposal when the tag becomes this."""


def proposed_tags(session: Session, name: str | None = None) -> list[ProposedTag]:
    """What waits for a person, of images that have a place, the most probable first."""
    named = " AND name = ?" if name is not None else ""
    rows = run(session, f"{_OPEN}{named} ORDER BY probability DESC, image_id, name", () if name is None else (name,))
    return [ProposedTag(*row) for row in rows]


def proposed_tags_of(session: Session, images: Iterable[int]) -> dict[int, tuple[ProposedTag, ...]]:
    """The same of some images alone."""
    statement = f"{_OPEN} AND image_id {AMONG} ORDER BY probability DESC, name"
    proposed: dict[int, list[ProposedTag]] = defaultdict(list)
    for row in run(session, statement, [listed(images)]):
        proposed[row[0]].append(ProposedTag(*row))
    return {image: tuple(tags) for image, tags in proposed.items()}


def count_proposed_tags(session: Session) -> int:
    """How many proposals wait for a person."""
    return int(run(session, f"SELECT count(*) FROM ({_OPEN}) AS waits").fetchone()[0])


def tag_states(session: Session, images: Iterable[int]) -> dict[int, dict[str, str]]:
    """The tags of images by their state: a person's, proposed, or rejected; others are absent."""
    among = listed(images)
    states: dict[int, dict[str, str]] = defaultdict(dict)
    judged = "SELECT image_id, name, state FROM proposed_tag WHERE state <> 'accepted' AND image_id"
    for image, name, state in run(session, f"{judged} {AMONG}", [among]):
        states[image][name] = state
    for image, name in run(session, f"SELECT image_id, name FROM tag WHERE image_id {AMONG}", [among]):
        states[image][name] = PRESENT
    return states


def turn_proposals(session: Session, name: str, images: Iterable[int], became: str) -> None:
    """Has proposals of a tag follow what became of it."""
    statement = f"UPDATE proposed_tag SET state = ? WHERE name = ? AND image_id {AMONG}"
    run(session, statement, [_STATES[became], name, listed(images)])


def tagged_images(session: Session) -> dict[str, list[int]]:
    """The images that have each tag, and a place."""
    statement = (
        "SELECT name, image_id FROM tag"
        " WHERE EXISTS (SELECT 1 FROM sighting WHERE sighting.image_id = tag.image_id) ORDER BY name, image_id"
    )
    images: dict[str, list[int]] = defaultdict(list)
    for name, image in run(session, statement):
        images[name].append(image)
    return images


def refused_images(session: Session) -> dict[str, set[int]]:
    """The images of which a person said that they do not have a tag: it was taken off, or rejected when proposed."""
    refused: dict[str, set[int]] = defaultdict(set)
    changes = (
        "SELECT tag, image_id, became FROM change JOIN action ON action.id = action_id"
        " WHERE tag IS NOT NULL AND state = 'done' ORDER BY change.id"
    )
    for name, image, became in run(session, changes):
        (refused[name].add if became in (ABSENT, REJECTED) else refused[name].discard)(image)
    for name, image in run(session, "SELECT name, image_id FROM proposed_tag WHERE state = 'rejected'"):
        refused[name].add(image)
    for name, images in tagged_images(session).items():
        refused[name].difference_update(images)
    return refused


def learnt_tags(session: Session) -> list[LearntTag]:
    """The tags that were learnt, each as it was last, by name."""
    waiting = f"SELECT count(*) FROM ({_OPEN}) AS waits WHERE waits.name = learnt_tag.name"
    columns = f"name, model, learnt_at, examples, refused, images, quality, digest, ({waiting})"
    return [
        LearntTag(name, model, cast(datetime, stored_time(learnt_at)), *rest)
        for name, model, learnt_at, *rest in run(session, f"SELECT {columns} FROM learnt_tag ORDER BY name")
    ]


def put_learnt_tag(session: Session, learnt: LearntTag, proposals: Mapping[int, float]) -> None:
    """Stores what was learnt of a tag, and what it proposes in place of what it did before.

    Args:
        session: Writes.
        learnt: The tag.
        proposals: Probabilities by the number of the image; those that have the tag, or that a person judged, are
            passed over.
    """
    forget_learnt_tags(session, [learnt.name])
    values = (learnt.name, learnt.model, learnt.learnt_at.isoformat(" "), learnt.examples, learnt.refused)
    columns = "name, model, learnt_at, examples, refused, images, quality, digest"
    (learnt_id,) = run(
        session,
        f"INSERT INTO learnt_tag ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
        (*values, learnt.images, learnt.quality, learnt.digest),
    ).fetchone()
    states = tag_states(session, proposals)
    statement = (
        "INSERT INTO proposed_tag (image_id, name, probability, state, learnt_id) VALUES (?, ?, ?, 'proposed', ?)"
        " ON CONFLICT (image_id, name) DO NOTHING"
    )
    for image, probability in proposals.items():
        if learnt.name not in states.get(image, {}):
            run(session, statement, (image, learnt.name, probability, learnt_id))


def forget_learnt_tags(session: Session, names: Iterable[str]) -> None:
    """Forgets what was learnt of tags, and what that proposes and nobody has judged."""
    for name in names:
        run(session, "DELETE FROM proposed_tag WHERE name = ? AND state = 'proposed'", (name,))
        run(session, "DELETE FROM learnt_tag WHERE name = ?", (name,))
