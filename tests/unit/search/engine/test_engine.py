from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from captioning.lazy_captioner import LazyCaptioner
from index_data.library import Library
from index_data.scan.pipeline import index_folders
from search.engine.answer import Answer
from search.engine.engine import Engine
from search.engine.options import SearchOptions
from search.engine.query import Likeness, Query, WeightedText
from search.engine.query_language import parse
from search.errors import EmptyQueryError, ExampleError, ModelMismatchError, QuerySyntaxError, UnknownWordsError
from tests.full_disk import full_disk
from tests.libraries import opened_library
from tests.tiny_model import write_tiny_model
from tests.unit.search.conftest import Made, put


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    generator = np.random.default_rng(0)
    for number in range(6):
        Image.fromarray(generator.integers(0, 256, (40, 40, 3), np.uint8)).save(folder / f"{number}.png")
    return folder


@pytest.fixture(scope="module")
def library(
    request: pytest.FixtureRequest,
    database: str,
    tmp_path_factory: pytest.TempPathFactory,
    photos: Path,
    tiny_model: Path,
) -> Iterator[Library]:
    with opened_library(database, request, tmp_path_factory.mktemp("engine") / "library") as opened:
        list(index_folders(opened, [photos], LazyCaptioner.open(tiny_model)))
        yield opened


@pytest.fixture
def engine(library: Library, tiny_model: Path) -> Engine:
    return Engine(library, model=tiny_model)


def ask(engine: Engine, text: str, *, count: int) -> Answer:
    return engine.search(parse(text), SearchOptions(count=count))


def look_like(engine: Engine, picture: Path, *, count: int) -> Answer:
    return engine.search(Query().looking_like(Likeness(str(picture))), SearchOptions(count=count))


def test_hits_are_ranked_by_the_inner_product(engine: Engine, photos: Path) -> None:
    answer = ask(engine, "a dog on the beach", count=4)
    question = engine.encode_text(["a dog on the beach"])[0]
    described = engine.describe(sorted(photos.iterdir()))
    expected = sorted((float(d.embedding @ question) for d in described), reverse=True)[:4]
    assert [hit.score for hit in answer.hits] == pytest.approx(expected, abs=1e-5)
    assert [hit.rank for hit in answer.hits] == [0, 1, 2, 3]
    assert all(len(hit.paths) == 1 and hit.caption for hit in answer.hits)


def test_a_picture_finds_itself_first(engine: Engine, photos: Path) -> None:
    best = look_like(engine, photos / "3.png", count=2).hits[0]
    assert best.paths == (bytes(photos / "3.png"),)
    assert best.score == pytest.approx(1.0, abs=1e-3)


def test_words_of_a_caption_are_as_probable_as_when_they_were_written(engine: Engine, photos: Path) -> None:
    for written in engine.alternatives(photos / "2.png", sentences=3):
        again = engine.word_confidences(photos / "2.png", written.text)
        assert [word for word, _ in again] == written.text.split()
        assert [value for _, value in again] == pytest.approx(written.word_confidences, abs=0.02)
    odd = engine.word_confidences(photos / "2.png", "Two words' xyzzy!")
    assert [word for word, _ in odd] == ["two", "words", "xyzzy"]
    assert engine.word_confidences(photos / "2.png", "...") == ()
    assert set(engine.alternatives(photos / "2.png", sentences=1)[0].text.split()) <= set(engine.words)


def test_alternatives_begin_with_the_stored_caption(engine: Engine, photos: Path) -> None:
    stored = {hit.paths[0]: hit.caption for hit in ask(engine, "a dog", count=6).hits}
    offered = engine.alternatives(photos / "2.png", sentences=3)
    assert len({one.text for one in offered}) == 3
    assert offered[0].text == stored[bytes(photos / "2.png")]


def test_nearest_captions_are_ranked_by_the_inner_product(engine: Engine, library: Library, photos: Path) -> None:
    description = engine.describe([photos / "1.png"])[0]
    near = engine.nearest_captions(description.embedding, count=6)
    texts = engine.encode_text([hit.caption for hit in near])
    assert [hit.score for hit in near] == pytest.approx((texts @ description.embedding).tolist(), abs=1e-3)
    assert [hit.score for hit in near] == sorted((hit.score for hit in near), reverse=True)
    assert library.status().captions == {("model", "proposed"): 6}


def test_no_more_hits_than_images(engine: Engine) -> None:
    assert len(ask(engine, "dog", count=100).hits) == 6


def test_unknown_words_are_named(engine: Engine) -> None:
    words = ask(engine, "a purple dog", count=1).words
    assert words is not None
    assert words.unknown_words == ("purple",)
    with pytest.raises(UnknownWordsError, match="and no caption, tag or path contains them: purple, zebra"):
        ask(engine, "Purple zebra!", count=1)


def test_a_caption_that_says_a_strange_word_comes_before_all_that_it_could_be_read_as(
    fresh: Callable[[], Library], tiny_model: Path
) -> None:
    library = fresh()
    units = np.eye(8, dtype=np.float32)
    put(library, tiny_model, [Made(units[0], "a dog"), Made(units[1], "a cat", kept="Münchner Dackel"), Made(units[2])])
    engine = Engine(library, model=tiny_model)
    for sentence in ("münchner", "Munchner", "a dog of münchner dackel"):
        hits = engine.captions_like(sentence, count=5)
        assert hits[0].caption == "Münchner Dackel"
        assert [hit.rank for hit in hits] == list(range(len(hits)))
        assert len({(hit.image_id, hit.caption) for hit in hits}) == len(hits)
    assert len(engine.captions_like("münchner", count=5)) == 1
    assert len(engine.captions_like("a dog of münchner dackel", count=3)) == 3
    with pytest.raises(UnknownWordsError, match="the model knows none of these words: zzyzx"):
        engine.captions_like("zzyzx", count=5)
    with pytest.raises(QuerySyntaxError, match="the sentence has 3,000 characters, and may have 2,000"):
        engine.captions_like("dog" * 1000, count=5)


def test_a_question_without_words_is_refused(engine: Engine) -> None:
    with pytest.raises(EmptyQueryError, match="the query holds no word"):
        engine.search(Query((WeightedText("?!..."),)), SearchOptions(count=1))


def test_an_empty_library_answers_nothing(fresh: Callable[[], Library], tiny_model: Path) -> None:
    assert ask(Engine(fresh(), model=tiny_model), "a dog", count=3).hits == ()


def test_an_earlier_model_answers_until_the_new_one_has_described_all(
    library: Library, engine: Engine, tmp_path: Path
) -> None:
    later = Engine(library, model=write_tiny_model(tmp_path / "other.safetensors", name="other", seed=1))
    before, now = ask(engine, "a dog", count=6), ask(later, "a dog", count=6)
    assert now.hits == before.hits
    assert before.earlier_models == ()
    assert [model.partition("@")[0] for model in now.earlier_models] == ["tiny"]


def test_only_a_picture_of_the_library_can_be_asked_of_an_earlier_model(
    library: Library, photos: Path, tmp_path: Path
) -> None:
    other = Engine(library, model=write_tiny_model(tmp_path / "other.safetensors", name="other", seed=1))
    assert look_like(other, photos / "1.png", count=1).hits[0].paths == (bytes(photos / "1.png"),)
    elsewhere = Path(shutil.copy(photos / "1.png", tmp_path))
    with pytest.raises(ModelMismatchError, match="the library was described by the model tiny@"):
        look_like(other, elsewhere, count=1)


def test_vectors_that_nothing_can_ask_are_said(
    fresh: Callable[[], Library], photos: Path, tiny_model: Path, tmp_path: Path
) -> None:
    library = fresh()
    list(index_folders(library, [photos], LazyCaptioner.open(tiny_model)))
    library.files.drop(*library.paths.text_encoders.iterdir())
    other = Engine(library, model=write_tiny_model(tmp_path / "other.safetensors", name="other", seed=1))
    with pytest.raises(ModelMismatchError, match="the library was described by the model tiny@"):
        ask(other, "a dog", count=1)


def test_what_is_no_picture_cannot_be_asked_about(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("hello")
    with pytest.raises(ExampleError, match="not an image"):
        look_like(engine, tmp_path / "text.jpg", count=1)


@pytest.mark.library_in_a_folder
def test_a_full_disk_still_answers(library: Library, tiny_model: Path, tmp_path: Path) -> None:
    library.compact()
    folder = Path(shutil.copytree(library.paths.folder, tmp_path / "library"))
    for file in (*folder.glob("*.faiss"), *folder.glob("*-wal"), *folder.glob("*-shm")):
        file.unlink()
    with full_disk(), Library.open(folder) as opened:
        assert len(ask(Engine(opened, model=tiny_model), "a dog", count=3).hits) == 3
        assert len(Engine(opened, model=tiny_model).captions_like("a dog", count=3)) == 3
