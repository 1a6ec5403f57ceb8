"""Photographs that installed packages carry, for trying the program without any of one's own."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from search.errors import SamplesMissingError

_FOLDERS = {"skimage": "data", "sklearn": "datasets/images"}


def sample_photographs() -> list[Path]:
    """The folders with pictures inside scikit-image and scikit-learn; neither package is imported.

    Raises:
        SamplesMissingError: One of them is not installed.
    """
    folders = []
    for package, folder in _FOLDERS.items():
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            raise SamplesMissingError(
                "the sample photographs come with scikit-image and scikit-learn: pip install 'imgsearch[demo]', "
                "or name a folder of your own: imgsearch demo FOLDER"
            )
        folders.append(Path(spec.origin).parent / folder)
    return folders
