"""Photographs that installed packages carry, for trying the program without any of one's own."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path

from search.errors import SamplesMissingError

_PHOTOGRAPHS = {
    "skimage/data": (
        *("astronaut.png", "brick.png", "camera.png", "chelsea.png", "clock_motion.png", "coffee.png", "coins.png"),
        *("grass.png", "gravel.png", "hubble_deep_field.jpg", "moon.png", "motorcycle_left.png", "rocket.jpg"),
    ),
    "sklearn/datasets/images": ("china.jpg", "flower.jpg"),
}


def copy_sample_photographs(folder: Path) -> None:
    """Copies the photographs inside scikit-image and scikit-learn to a folder; neither package is imported.

    Raises:
        SamplesMissingError: One of the packages is not installed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for place, names in _PHOTOGRAPHS.items():
        package, _, inside = place.partition("/")
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            raise SamplesMissingError(
                "the sample photographs come with scikit-image and scikit-learn: pip install 'imgsearch-photos[demo]', "
                "or name a folder of your own: imgsearch demo FOLDER"
            )
        for name in names:
            source = Path(spec.origin).parent / inside / name
            if source.is_file() and not (folder / name).is_file():
                shutil.copy2(source, folder / name)
