"""Finds photographs that are there more than once: the same file twice, or pictures that look the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from index_data import catalogue
from index_data.library import Library

if TYPE_CHECKING:
    from index_data.catalogue import Session

LEAST_COSINE = 0.9
"""Of the vectors of near duplicates; a narrow crop keeps at least this."""

MOST_BITS = 10
"""Of 64 in which the perceptual hashes of near duplicates differ."""

CLOSE_BITS = 4
"""Of 64, up to which hashes say so much that less is asked of the vectors."""

CLOSE_COSINE = 0.65
"""Of the vectors then: a picture scaled to half its size is blurred to the network, and lies at 0.7 to 0.9."""

NEIGHBOURS = 10
"""Nearest vectors that are looked at for each image; a larger group is joined by its members' neighbours."""

CHUNK = 4096
"""Vectors that are compared at once."""


BLOCK = 64
"""Hashes that are compared with all others at once."""


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """Photographs that are the same, or look it.

    Attributes:
        images: Numbers of the photographs; one, or that of a film, where only copies of the same file were found.
        paths: Every place of those images, in order.
    """

    images: tuple[int, ...]
    paths: tuple[bytes, ...]


def exact_duplicates(library: Library) -> list[DuplicateGroup]:
    """Photographs and films that have more than one place, by the first of them."""
    return _groups(library, [(image,) for image in library.read(catalogue.images_with_copies)])


def look_alike(left: int, right: int, cosine: float, *, most_bits: int = MOST_BITS) -> bool:
    """Whether two pictures look the same, by their perceptual hashes and the cosine of their vectors."""
    bits = ((left ^ right) & (1 << 64) - 1).bit_count()
    # A hash without a bit is that of a plain surface, which says nothing.
    close = bits <= CLOSE_BITS and left != 0 != right
    return bits <= most_bits and cosine >= (CLOSE_COSINE if close else LEAST_COSINE)


def near_duplicates(library: Library, *, most_bits: int = MOST_BITS) -> list[DuplicateGroup]:
    """Different files whose pictures look the same: another size or compression, a retouch, a narrow crop.

    Both must agree, the network's vectors and the perceptual hashes: the first see what is shown, the second how it
    lies in the frame. Images without a hash, described by an earlier version, are left out, and so are moments: what
    looks like a moment of a film is no reason to throw away the film.
    """
    with library.transaction() as session:
        hashes = catalogue.perceptual_hashes(session)
        for moment in catalogue.moments_among(session, hashes):
            del hashes[moment]
    together = _Groups()
    for model in library.read(catalogue.answering_models):
        index = library.indexes.image(model)
        with library.transaction() as session:
            stored = catalogue.VECTORS_OF["images"](session, model.id)
            ids = stored.ids().tolist()
            for at in range(0, len(ids), CHUNK):
                rows = stored.read(ids[at : at + CHUNK])
                scores, nearest = index.search(rows.vectors, NEIGHBOURS)
                for left, cosines, neighbours in zip(rows.ids.tolist(), scores.tolist(), nearest.tolist(), strict=True):
                    for cosine, right in zip(cosines, neighbours, strict=True):
                        if right <= left or left not in hashes or right not in hashes:
                            continue
                        if look_alike(hashes[left], hashes[right], cosine, most_bits=most_bits):
                            together.join(left, right)
    return _groups(library, together.sets())


def near_groups(
    session: Session,
    image_ids: Sequence[int],
    *,
    hashes: Mapping[int, int],
    most_bits: int = MOST_BITS,
) -> list[tuple[int, ...]]:
    """Which of some images look the same: what `near_duplicates` would join through these images alone.

    Quick enough for the hits of a question: hashes are compared pair by pair, and vectors read only of likely pairs.

    Args:
        session: In which vectors are read.
        image_ids: Numbers of the images.
        hashes: Their perceptual hashes, of those that have one.
        most_bits: In which the hashes of two may differ.

    Returns:
        Groups of two or more, each in the order of `image_ids`; images that look like none of the others are left out.
    """
    order = {image: position for position, image in enumerate(dict.fromkeys(image_ids))}
    pairs = _similar(hashes, most_bits)
    vectors = catalogue.newest_vectors(session, sorted({image for pair in pairs for image in pair}))
    together = _Groups()
    for left, right in pairs:
        newest_left, newest_right = vectors.get(left), vectors.get(right)
        if newest_left and newest_right and newest_left[0] == newest_right[0]:
            cosine = float(newest_left[1] @ newest_right[1])
            if look_alike(hashes[left], hashes[right], cosine, most_bits=most_bits):
                together.join(left, right)
    groups = [tuple(sorted(images, key=order.__getitem__)) for images in together.sets()]
    return sorted(groups, key=lambda group: order[group[0]])


def _similar(hashes: Mapping[int, int], most_bits: int) -> list[tuple[int, int]]:
    """Pairs of images whose perceptual hashes differ in few bits."""
    images = list(hashes)
    numbers = np.array([hashes[image] for image in images], np.int64).view(np.uint64)
    pairs: list[tuple[int, int]] = []
    for at in range(0, len(images), BLOCK):
        bits = np.bitwise_count(numbers[at : at + BLOCK, None] ^ numbers[None, at:])
        for left, right in np.argwhere(bits <= most_bits).tolist():
            if left < right:
                pairs.append((images[at + left], images[at + right]))
    return pairs


def _groups(library: Library, sets: Iterable[Sequence[int]]) -> list[DuplicateGroup]:
    members = [tuple(sorted(images)) for images in sets]
    places = library.read(catalogue.places_of_images, [image for images in members for image in images])
    groups = [
        DuplicateGroup(images, tuple(sorted(path for image in images for path in places[image])))
        for images in members
        if all(image in places for image in images)
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
        members: dict[int, list[int]] = defaultdict(list)
        for key in self._parent:
            members[self._root(key)].append(key)
        return list(members.values())
