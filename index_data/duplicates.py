"""Finds photographs that are there more than once: the same file twice, or pictures that look the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from index_data import catalogue, schema
from index_data.library import Library

LEAST_COSINE = 0.9
"""Of the vectors of near duplicates."""

MOST_BITS = 10
"""Of 64 in which the perceptual hashes of near duplicates differ."""

NEIGHBOURS = 10
"""Nearest vectors that are looked at for each image; a larger group is joined by its members' neighbours."""

CHUNK = 4096
"""Vectors that are compared at once."""


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """Photographs that are the same, or look it.

    Attributes:
        images: Numbers of the images, one where only copies of the same file were found.
        paths: Every place of those images, in order.
    """

    images: tuple[int, ...]
    paths: tuple[bytes, ...]


def exact_duplicates(library: Library) -> list[DuplicateGroup]:
    """Images that have more than one place, by the first of them."""
    with library.transaction() as session:
        several = select(schema.Place.image_id).group_by(schema.Place.image_id).having(func.count() > 1)
        ids = list(session.scalars(several))
    return _groups(library, [(image,) for image in ids])


def near_duplicates(
    library: Library, *, least_cosine: float = LEAST_COSINE, most_bits: int = MOST_BITS
) -> list[DuplicateGroup]:
    """Different files whose pictures look the same: another size or compression, a retouch, a narrow crop.

    Both must agree, the network's vectors and the perceptual hashes: the first see what is shown, the second how it
    lies in the frame. Images without a hash, described by an earlier version, are left out.
    """
    with library.transaction() as session:
        known = select(schema.Image.id, schema.Image.perceptual_hash).where(schema.Image.perceptual_hash.is_not(None))
        hashes = {image: number for image, number in session.execute(known)}
    together = _Groups()
    for model in library.answering_models():
        index = library.image_index(model)
        with library.transaction() as session:
            stored = catalogue.VECTORS_OF["images"](session, model.id)
            ids = stored.ids().tolist()
            for at in range(0, len(ids), CHUNK):
                rows = stored.read(ids[at : at + CHUNK])
                scores, found = index.search(rows.vectors, NEIGHBOURS)
                for left, cosines, others in zip(rows.ids.tolist(), scores.tolist(), found.tolist(), strict=True):
                    for cosine, right in zip(cosines, others, strict=True):
                        if right > left and cosine >= least_cosine and _alike(hashes, left, right, most_bits):
                            together.join(left, right)
    return _groups(library, together.sets())


def _alike(hashes: dict[int, int | None], left: int, right: int, most_bits: int) -> bool:
    one, other = hashes.get(left), hashes.get(right)
    return one is not None and other is not None and ((one ^ other) & (1 << 64) - 1).bit_count() <= most_bits


def _groups(library: Library, sets: Iterable[Sequence[int]]) -> list[DuplicateGroup]:
    members = [tuple(sorted(images)) for images in sets]
    records = library.images([image for images in members for image in images])
    groups = [
        DuplicateGroup(images, tuple(sorted(path for image in images for path in records[image].paths)))
        for images in members
        if all(image in records for image in images)
    ]
    return sorted(groups, key=lambda group: group.paths)


class _Groups:
    """Puts together what is joined by any chain of pairs."""

    def __init__(self) -> None:
        self._parent: dict[int, int] = {}

    def _root(self, key: int) -> int:
        while (above := self._parent.setdefault(key, key)) != key:
            self._parent[key] = self._parent[above]
            key = above
        return key

    def join(self, left: int, right: int) -> None:
        self._parent[self._root(right)] = self._root(left)

    def sets(self) -> list[list[int]]:
        found: dict[int, list[int]] = defaultdict(list)
        for key in self._parent:
            found[self._root(key)].append(key)
        return list(found.values())
