from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from captioning.decoding.beam_search import beam_search
from captioning.errors import CaptionsFileError
from captioning.metrics import caption_retrieval, cider_d, corpus_bleu, image_retrieval
from captioning.network.model import CaptionNetwork
from captioning.training.datasets import CaptionedImage
from captioning.training.pictures import DecodedPictures, read_picture
from captioning.training.validation import validate
from captioning.vocabulary import END, Vocabulary, tokenize
from tests.tiny_model import WORDS, tiny_config, tiny_network

VOCABULARY = Vocabulary(WORDS)
CAPTIONS = [("A red dog.", "the dog runs"), ("a blue cat",), ("two green zebras", "a picture", "!")]


@pytest.fixture(scope="module")
def network() -> CaptionNetwork:
    return tiny_network(tiny_config())


@pytest.fixture
def pictures(tmp_path: Path) -> list[CaptionedImage]:
    made = []
    noise = np.random.default_rng(0).integers(0, 256, (3, 40, 40, 3), np.uint8)
    for number, captions in enumerate(CAPTIONS):
        Image.fromarray(noise[number]).save(tmp_path / f"{number}.png")
        made.append(CaptionedImage(tmp_path / f"{number}.png", "val", captions))
    return made


def decoded(pictures: list[CaptionedImage]) -> DecodedPictures:
    return DecodedPictures([picture.path for picture in pictures], side=32, device=torch.device("cpu"))


@pytest.mark.parametrize("batch", [1, 2, 64])
def test_scores_are_those_of_the_measures_on_single_pictures(
    network: CaptionNetwork, pictures: list[CaptionedImage], batch: int
) -> None:
    validated = validate(network, pictures, decoded(pictures), VOCABULARY, half=False, batch=batch)
    images, written = [], []
    with torch.inference_mode():
        for picture in pictures:
            features = network.encoder(read_picture(picture.path, side=32).unsqueeze(0))
            images.append(network.encode_image(features)[0])
            sentence = beam_search(network.decoder, network.encode_memory(features), width=1)
            written.append(VOCABULARY.decode(sentence.ids[0, 0].tolist()))
        rows = [VOCABULARY.encode(tokenize(caption)) or [END] for group in CAPTIONS for caption in group]
        sentences = torch.cat([network.encode_text(torch.tensor([row])) for row in rows])
        scores = (sentences @ torch.stack(images).T).numpy()
    owner = np.array([0, 0, 1, 2, 2, 2])
    by_text, by_image = image_retrieval(scores, owner), caption_retrieval(scores, owner)
    recalls = [r for s in (by_text, by_image) for r in (s.recall_at_1, s.recall_at_5, s.recall_at_10)]
    references = [[tokenize(caption) for caption in group] for group in CAPTIONS]
    expected = {
        "rsum": sum(recalls),
        "image_recall_at_10": by_text.recall_at_10,
        "bleu_4": corpus_bleu(written, references)[3],
        "cider_d": cider_d(written, references)[0],
    }
    expected["score"] = expected["rsum"] / 6 + expected["cider_d"]
    assert validated == pytest.approx(expected, abs=1e-6)


def test_a_picture_that_cannot_be_read_is_named(network: CaptionNetwork, pictures: list[CaptionedImage]) -> None:
    pictures[1].path.write_bytes(b"")
    with pytest.raises(CaptionsFileError, match=r"the captioned picture .*1\.png could not be read: the file is empty"):
        validate(network, pictures, decoded(pictures), VOCABULARY, half=False)
