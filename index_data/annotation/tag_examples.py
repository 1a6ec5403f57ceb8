"""What people said of which photographs have a tag: what tags are learnt from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from captioning.outputs import ModelIdentity
from index_data import catalogue
from index_data.catalogue.library_records import TagProgress

if TYPE_CHECKING:
    from index_data.catalogue import Session

LEAST_EXAMPLES = 3
"""Photographs with a tag from which it is learnt."""


@dataclass(frozen=True, slots=True)
class TagExamples:
    """The photographs that have a tag, and those that a person said do not, as far as a model described them.

    Attributes:
        name: The tag.
        has: Their numbers, rising.
        refused: Likewise.
        digest: Of both and of the model.
    """

    name: str
    has: tuple[int, ...]
    refused: tuple[int, ...]
    digest: str


def tag_examples(session: Session, model: ModelIdentity) -> list[TagExamples]:
    """The examples of every tag that a photograph has, by name."""
    tagged, refused = catalogue.tagged_images(session), catalogue.refused_images(session)
    everything = set[int]().union(*tagged.values(), *refused.values())
    described = set(catalogue.ImageVectors(session, model.id).ids_among(everything).tolist())
    examples = []
    for name, images in tagged.items():
        has = tuple(sorted(described.intersection(images)))
        hasnot = tuple(sorted(described.intersection(refused.get(name, ()))))
        digest = hashlib.blake2b(repr((model.id, has, hasnot)).encode(), digest_size=16).hexdigest()
        examples.append(TagExamples(name, has, hasnot, digest))
    return examples


def tag_progress(session: Session) -> TagProgress:
    """How far a library has learnt its tags."""
    known = {learnt.name: learnt for learnt in catalogue.learnt_tags(session)}
    model = next(iter(catalogue.answering_models(session)), None)
    examples = tag_examples(session, model) if model else []
    changed = sum(
        len(tag.has) >= LEAST_EXAMPLES and (tag.name not in known or known[tag.name].digest != tag.digest)
        for tag in examples
    )
    latest = max((learnt.learnt_at for learnt in known.values()), default=None)
    return TagProgress(len(known), sum(learnt.proposed for learnt in known.values()), changed, latest)
