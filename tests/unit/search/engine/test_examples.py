"""Pictures to look like: stored vectors where the library has the file as it is, else the network."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from captioning.lazy_captioner import LazyCaptioner
from index_data import catalogue
from index_data.errors import UnknownPhotographError
from index_data.library import Library
from index_data.scan.pipeline import index_folders
from search.engine.answering_model import AnsweringModel
from search.engine.encoded_query import Examples
from search.engine.examples import read_examples
from search.engine.query import Likeness
from search.errors import ExampleError


class Guarded(LazyCaptioner):
    """Fails where a picture is described that need not be."""

    def describe(self, pixels: object, **options: object) -> list[object]:  # type: ignore[override]
        raise AssertionError("the network was asked")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    draw = np.random.default_rng(0)
    (tmp_path / "photos").mkdir()
    for number in range(3):
        Image.fromarray(draw.integers(0, 256, (40, 40, 3), np.uint8)).save(tmp_path / "photos" / f"{number}.png")
    return tmp_path / "photos"


@pytest.fixture
def library(no_photographs: Path, tmp_path: Path, photos: Path, tiny_model: Path) -> Iterator[Library]:
    with Library.open(Path(shutil.copytree(no_photographs, tmp_path / "library"))) as opened:
        list(index_folders(opened, [photos], LazyCaptioner.open(tiny_model)))
        yield opened


@pytest.fixture
def model(tiny_model: Path) -> AnsweringModel:
    return AnsweringModel.load(tiny_model)


def vectors(library: Library, model: AnsweringModel) -> dict[str, np.ndarray[tuple[int], np.dtype[np.float32]]]:
    with library.transaction() as session:
        places = catalogue.all_places(session)
        rows = catalogue.ImageVectors(session, model.identity.id).read(sorted(places.values()))
    by_number = dict(zip(rows.ids.tolist(), rows.vectors, strict=True))
    return {Path(os.fsdecode(path)).name: by_number[image] for path, image in places.items()}


def read(
    library: Library,
    captioner: LazyCaptioner,
    model: AnsweringModel,
    *likenesses: Likeness,
    more: tuple[int, ...] = (),
) -> Examples:
    with library.transaction() as session:
        found = read_examples(session, captioner, [model], likenesses, more=more, less=())
    return found[model.identity.id]


def test_a_file_of_the_library_is_not_described_again(
    library: Library, photos: Path, tiny_model: Path, model: AnsweringModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    guarded, stored = Guarded.open(tiny_model), vectors(library, model)
    for path in (str(photos / "1.png"), f"{photos}/../photos/1.png"):
        found = read(library, guarded, model, Likeness(path))
        np.testing.assert_array_equal(found.like[0], stored["1.png"])
    monkeypatch.chdir(photos)
    np.testing.assert_array_equal(read(library, guarded, model, Likeness("1.png")).like[0], stored["1.png"])


def test_a_number_is_a_photograph_of_the_library(library: Library, tiny_model: Path, model: AnsweringModel) -> None:
    guarded = Guarded.open(tiny_model)
    with library.transaction() as session:
        numbers = catalogue.shown_images(session)
    found = read(library, guarded, model, Likeness(numbers[0]), Likeness(numbers[1], minus=True), more=(numbers[2],))
    assert (len(found.like), len(found.unlike), len(found.more), len(found.less)) == (1, 1, 1, 0)
    with pytest.raises(UnknownPhotographError, match="the library holds no photograph #99"):
        read(library, guarded, model, Likeness(99))


def test_a_changed_file_is_described_as_it_is_now(
    library: Library, photos: Path, tiny_model: Path, model: AnsweringModel
) -> None:
    before = vectors(library, model)["1.png"]
    shutil.copyfile(photos / "2.png", photos / "1.png")
    os.utime(photos / "1.png", ns=(1, 1))
    with pytest.raises(AssertionError, match="the network was asked"):
        read(library, Guarded.open(tiny_model), model, Likeness(str(photos / "1.png")))
    (now,) = read(library, LazyCaptioner.open(tiny_model), model, Likeness(str(photos / "1.png"))).like
    np.testing.assert_allclose(now, vectors(library, model)["2.png"], atol=1e-3)
    assert not np.allclose(now, before, atol=1e-3)


def test_what_is_no_picture_is_told(library: Library, tmp_path: Path, tiny_model: Path, model: AnsweringModel) -> None:
    (tmp_path / "text.jpg").write_text("hello")
    captioner = LazyCaptioner.open(tiny_model)
    for path, told in ((tmp_path / "text.jpg", "not an image"), (tmp_path / "gone.jpg", "there is no such file")):
        with pytest.raises(ExampleError, match=told):
            read(library, captioner, model, Likeness(str(path)))
