"""Pictures to look like: stored vectors where the library has the file as it is, else the network."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
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
from tests.films import make_film
from tests.unit.index_data.conftest import film


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
def library(fresh: Callable[[], Library], photos: Path, tiny_model: Path) -> Library:
    opened = fresh()
    list(index_folders(opened, [photos], LazyCaptioner.open(tiny_model)))
    return opened


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


def test_a_moment_of_a_film_is_one_of_the_library(
    library: Library, tmp_path: Path, tiny_model: Path, model: AnsweringModel
) -> None:
    video = tmp_path / "holiday.mp4"
    _, second = film(library, video, [(200, 30, 30), (30, 30, 200)], LazyCaptioner.open(tiny_model))
    with library.transaction() as session:
        stored = catalogue.ImageVectors(session, model.identity.id).read([second]).vectors[0]
    guarded = Guarded.open(tiny_model)
    # As the library knows the file.
    video.write_bytes(b"nine byte")
    os.utime(video, ns=(10**18, 10**18))
    for time in ("0:10", "0:12.5", "19"):
        np.testing.assert_array_equal(read(library, guarded, model, Likeness(f"{video}@{time}")).like[0], stored)
    with pytest.raises(ExampleError, match=r"holiday.mp4 is a video; name a moment of it, such as .*holiday.mp4@0:05"):
        read(library, guarded, model, Likeness(str(video)))
    with pytest.raises(ExampleError, match=r"holiday.mp4 shows nothing at 1:00"):
        read(library, guarded, model, Likeness(f"{video}@1:00"))


def test_a_frame_of_another_film_is_described(
    library: Library, tmp_path: Path, tiny_model: Path, model: AnsweringModel
) -> None:
    video = make_film(tmp_path / "other.mp4", [("red", 2), ("blue", 2)])
    captioner = LazyCaptioner.open(tiny_model)
    red, blue = (read(library, captioner, model, Likeness(f"{video}@0:0{at}")).like[0] for at in (1, 3))
    Image.new("RGB", (64, 48), "blue").save(tmp_path / "blue.png")
    (still,) = read(library, captioner, model, Likeness(str(tmp_path / "blue.png"))).like
    assert np.dot(blue, still) > np.dot(red, still)
    with pytest.raises(ExampleError, match=r"other.mp4 is a video; name a moment of it"):
        read(library, captioner, model, Likeness(str(video)))
    # A file that is itself called so goes before.
    shutil.copy(tmp_path / "blue.png", tmp_path / "other.mp4@0:01")
    (named,) = read(library, captioner, model, Likeness(f"{video}@0:01")).like
    np.testing.assert_allclose(named, still, atol=1e-6)


def test_what_is_no_picture_is_told(library: Library, tmp_path: Path, tiny_model: Path, model: AnsweringModel) -> None:
    (tmp_path / "text.jpg").write_text("hello")
    captioner = LazyCaptioner.open(tiny_model)
    (tmp_path / "text.mp4").write_text("hello")
    gone = "there is no such file"
    for path, told in (
        (tmp_path / "text.jpg", "not an image"),
        (tmp_path / "gone.jpg", gone),
        (tmp_path / "text.mp4@0:01", "text.mp4@0:01 cannot be looked at"),
        (tmp_path / "gone.mp4@0:01", gone),
    ):
        with pytest.raises(ExampleError, match=told):
            read(library, captioner, model, Likeness(str(path)))
