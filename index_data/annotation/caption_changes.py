"""What a person's word on captions changes: accepted, edited or rejected, and others in their place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from captioning.outputs import Caption
from index_data import catalogue
from index_data.catalogue.annotation_records import Changed, NewCaption, StoredCaption

if TYPE_CHECKING:
    from index_data.catalogue import Session


def shown_captions(session: Session, images: Sequence[int]) -> dict[int, StoredCaption | None]:
    """The caption that is shown of each image, if one is active."""
    stored = catalogue.captions_of(session, images)
    best = {image: stored[image][0] if image in stored else None for image in images}
    return {image: caption if caption and caption.active else None for image, caption in best.items()}


def turned(caption: StoredCaption, became: str) -> Changed:
    """The change by which a caption gets another state."""
    return Changed(caption.image_id, caption.caption_id, None, caption.state, became)


def added_captions(session: Session, captions: Sequence[NewCaption], became: str) -> list[Changed]:
    """The changes by which new captions, which are stored now, get a state."""
    ids = catalogue.add_captions(session, captions)
    return [Changed(new.image_id, key, None, "withdrawn", became) for key, new in zip(ids, captions, strict=True)]


def unused_sentences(alternatives: Sequence[Caption], stored: Sequence[StoredCaption]) -> list[Caption]:
    """The first alternative, if any, whose words an image has never had."""
    had = {caption.text for caption in stored}
    return [alternative for alternative in alternatives if alternative.text not in had][:1]
