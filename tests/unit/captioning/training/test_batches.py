from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image

from captioning.errors import CaptionsFileError
from captioning.training.batches import (
    TrainingPictures,
    count_steps,
    draw_batches,
    draw_text_batches,
)
from captioning.training.datasets import CaptionedImage
from captioning.vocabulary import END, PAD, Vocabulary

VOCABULARY = Vocabulary(["dog", "cat", "left", "right", "beach"])


@pytest.fixture
def pictures(tmp_path: Path) -> TrainingPictures:
    made = []
    for number in range(5):
        Image.new("RGB", (20, 20), (number * 50, 0, 0)).save(tmp_path / f"{number}.png")
        captions = ("a dog on the left", "dog beach", "strange")[: 1 + number % 3]
        made.append(CaptionedImage(tmp_path / f"{number}.png", "train", captions))
    return TrainingPictures(made, side=16, captions=2, keywords=["dog", "beach"])


def draw(pictures: TrainingPictures, epoch: int = 0, skip: int = 0) -> list[torch.Tensor]:
    batches = draw_batches(pictures, VOCABULARY, writable=6, keywords=2, batch=2, seed=3, epoch=epoch, skip=skip)
    return [tensor for b in batches for tensor in (b.pixels, b.ids, b.framed, b.owner, b.keywords)]


def test_an_interrupted_epoch_goes_on_with_the_same_batches(pictures: TrainingPictures) -> None:
    whole, rest = draw(pictures), draw(pictures, skip=1)
    assert count_steps(5, 2) == 2
    assert len(whole) == 2 * 5
    assert all(torch.equal(a, b) for a, b in zip(whole[5:], rest, strict=True))


def test_another_epoch_draws_otherwise(pictures: TrainingPictures) -> None:
    assert not torch.equal(draw(pictures)[0], draw(pictures, epoch=1)[0])


def test_shapes_owners_and_targets(pictures: TrainingPictures) -> None:
    pixels, ids, framed, owner, keywords = draw(pictures)[:5]
    assert pixels.shape == (2, 3, 16, 16)
    assert pixels.dtype == torch.uint8
    assert owner.tolist() == [0, 0, 1, 1]
    assert ids.shape[0] == framed.shape[0] == 4
    assert framed.shape[1] == ids.shape[1] + 2
    assert keywords.shape == (2, 2)
    assert set(keywords.flatten().tolist()) <= {0.0, 1.0}


def test_text_is_drawn_with_its_indices() -> None:
    sentences = ["dog", "cat dog", "beach", "?!", "cat"]
    first = list(draw_text_batches(sentences, VOCABULARY, batch=2, seed=1, epoch=0))
    assert len(first) == 2
    for index, ids in first:
        for at, row in zip(index.tolist(), ids.tolist(), strict=True):
            words = VOCABULARY.encode(sentences[at].split()) if sentences[at] != "?!" else [END]
            assert [i for i in row if i != PAD] == words
    again = list(draw_text_batches(sentences, VOCABULARY, batch=2, seed=1, epoch=0, skip=1))
    assert torch.equal(again[0][0], first[1][0])


def test_a_picture_that_cannot_be_read_is_named(pictures: TrainingPictures) -> None:
    pictures.pictures[3].path.write_bytes(b"no picture")
    with pytest.raises(
        CaptionsFileError, match=r"the captioned picture .*3\.png could not be read: it is not an image"
    ):
        pictures[(3, 1)]


def test_a_flipped_picture_says_right_for_left(pictures: TrainingPictures) -> None:
    said = {" ".join(words) for seed in range(20) for words in pictures[(0, seed)].sentences}
    assert said == {"a dog on the left", "a dog on the right"}


def test_sentences_are_drawn_without_repetition_where_there_are_enough(pictures: TrainingPictures) -> None:
    for seed in range(10):
        # The picture at 2 has three sentences, the one at 0 has one and says it twice.
        assert len({tuple(words) for words in pictures[(2, seed)].sentences}) == 2
        assert len({tuple(words) for words in pictures[(0, seed)].sentences}) == 1


def test_keywords_are_of_all_sentences_and_long_sentences_are_cut(tmp_path: Path) -> None:
    Image.new("RGB", (4, 4)).save(tmp_path / "a.png")
    picture = CaptionedImage(tmp_path / "a.png", "train", ("dog " * 40, "beach"))
    drawn = TrainingPictures([picture], side=8, captions=2, keywords=["dog", "beach"], max_length=24)[(0, 1)]
    assert drawn.keywords == [0, 1]
    assert sorted(len(words) for words in drawn.sentences) == [1, 24]


def test_all_captioned_pictures_and_a_share_of_the_others_are_drawn(tmp_path: Path) -> None:
    made = []
    for number in range(10):
        Image.new("RGB", (4, 4)).save(tmp_path / f"{number}.png")
        made.append(CaptionedImage(tmp_path / f"{number}.png", "train", ("dog", "beach") if number < 4 else ()))
    pictures = TrainingPictures(made, side=8, captions=2, keywords=["dog"], weights=[0.1 * n for n in range(8)])
    seen = []
    for epoch in range(3):
        batches = draw_batches(
            pictures, VOCABULARY, writable=6, keywords=1, batch=7, seed=1, epoch=epoch, always=4, extra=0.5
        )
        (batch,) = batches
        assert batch.index.tolist()[0] != batch.index.tolist()[1]
        assert {0, 1, 2, 3} <= set(batch.index.tolist())
        seen.append({n for n in batch.index.tolist() if n >= 4})
        # Pictures without captions have no sentence; the sentences tell their place among all captions.
        assert set(batch.index[batch.owner].tolist()) == {0, 1, 2, 3}
        assert sorted(batch.caption.tolist()) == list(range(8))
        torch.testing.assert_close(batch.weight, 0.1 * batch.caption)
        assert batch.ids[batch.caption == 5].tolist() == [[VOCABULARY.encode(["beach"])[0]]]
    assert [len(extra) for extra in seen] == [3, 3, 3]
    assert len(set().union(*seen)) > 3


def test_distortion_is_drawn_from_the_pictures_own_seed(tmp_path: Path) -> None:
    Image.linear_gradient("L").convert("RGB").save(tmp_path / "a.png")
    picture = CaptionedImage(tmp_path / "a.png", "train", ("dog",))

    def drawn(distortion: int, epoch: int) -> torch.Tensor:
        pictures = TrainingPictures([picture], side=16, captions=1, keywords=[], distortion=distortion)
        options = {"writable": 6, "keywords": 0, "batch": 1, "seed": 1, "epoch": epoch, "workers": 0}
        (batch,) = draw_batches(pictures, VOCABULARY, **options)  # type: ignore[arg-type]
        return batch.pixels

    assert all(torch.equal(drawn(20, n), drawn(20, n)) for n in range(5))
    assert any(not torch.equal(drawn(20, n), drawn(0, n)) for n in range(5))
