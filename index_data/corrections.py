"""What people confirmed of photographs, and so what a model can learn of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from index_data import catalogue
from index_data.catalogue.records import ImageRecord

if TYPE_CHECKING:
    from index_data.catalogue import Session


class Correction(NamedTuple):
    """A sentence that a person wrote or accepted, whichever number a library gives its photograph.

    Attributes:
        photograph: The hash of its content, hexadecimal.
        text: The sentence.
    """

    photograph: str
    text: str


def corrections(session: Session, records: Sequence[ImageRecord] | None = None) -> list[Correction]:
    """The sentence of each photograph and moment that a person confirmed, in the order of their numbers.

    Args:
        session: Of the catalogue.
        records: Of reviewed photographs, which `reviewed` reads where they are not given.
    """
    records = reviewed(session) if records is None else records
    contents = catalogue.contents(session, [record.image_id for record in records])
    return [Correction(contents[record.image_id][0].hex(), record.caption) for record in records]


def reviewed(session: Session) -> list[ImageRecord]:
    """The photographs and moments that lie somewhere and have a sentence that a person confirmed, by their numbers."""
    records = catalogue.images(session, catalogue.reviewed_images(session))
    return [records[image] for image in sorted(records)]
