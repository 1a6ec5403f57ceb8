"""Of duplicates the best stands first, and a link never does."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from PIL import Image

from index_data import catalogue
from index_data.annotation.actions import Annotations
from index_data.best_copy import read_copies
from index_data.catalogue.conditions import Mark
from index_data.duplicates import DuplicateGroup
from index_data.library import Library
from tests.unit.index_data.conftest import FakeDescriber, encode, index, paint


def test_pixels_count_before_bytes_before_words_before_the_path(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "p"
    paint(folder / "small.png", (10, 20, 30))
    Image.new("RGB", (24, 20), (10, 20, 30)).save(folder / "large.png")
    Image.new("RGB", (24, 20), (10, 20, 30)).save(folder / "heavy.png", compress_level=0)
    shutil.copy(folder / "large.png", folder / "alike.png")
    (folder / "a link.png").symlink_to("heavy.png")
    index(library, folder, FakeDescriber())
    notes = Annotations(library, encode=encode)
    images = library.read(catalogue.images_at, [os.fsencode(path) for path in folder.iterdir()])
    notes.mark([images[os.fsencode(folder / "small.png")]], {Mark.RATING: "5"})
    group = DuplicateGroup(tuple(sorted(set(images.values()))), tuple(sorted(images)))
    copies = read_copies(library, group)
    assert [Path(os.fsdecode(copy.path)).name for copy in copies] == [
        "heavy.png",
        "alike.png",
        "large.png",
        "small.png",
        "a link.png",
    ]
    assert (copies[0].width, copies[0].height, copies[3].marks) == (24, 20, {Mark.RATING: "5"})
    assert copies[4].is_link
