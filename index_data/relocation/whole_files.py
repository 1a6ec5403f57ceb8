"""Which files go where photographs and moments of films are moved: a moment goes with its film."""

from __future__ import annotations

from collections.abc import Sequence

from index_data import catalogue
from index_data.library import Library


def whole_files(library: Library, photographs: Sequence[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    """Numbers and places of photographs, each once, and in the place of moments those of their films."""
    moments = library.read(catalogue.moments_among, [image for image, _ in photographs])
    films = {image: video.video_id for image, (_, video) in moments.items()}
    return list(dict.fromkeys((films.get(image, image), path) for image, path in photographs))
