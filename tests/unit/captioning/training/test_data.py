from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from captioning.config import ModelConfig, StageConfig, TrainConfig
from captioning.errors import CaptionsFileError, ModelFileError
from captioning.model_file import read_model_file
from captioning.text.out_of_vocabulary import OutOfVocabularyWords
from captioning.training.data import gather_training_data, start_network
from captioning.vocabulary import SPECIAL, Vocabulary
from tests.tiny_model import KEYWORDS, WORDS, tiny_config, write_tiny_model

CPU = torch.device("cpu")
SIZES = ModelConfig(
    side=32, word_size=8, hidden=8, text_hidden=6, joint=4, minimum_count=2, vocabulary=6, writable=7, keywords=2
)
STAGE = StageConfig("s", 1, {"nll": 1.0}, batch=2, captions=3)


def collection(folder: Path, entries: list[tuple[str, list[str]]]) -> str:
    """Makes a collection of black pictures with these splits and captions."""
    (folder / "images").mkdir(parents=True)
    listed: list[dict[str, Any]] = []
    for number, (split, captions) in enumerate(entries):
        Image.new("RGB", (8, 8)).save(folder / "images" / f"{number}.png")
        listed.append({"filename": f"{number}.png", "split": split, "captions": captions})
    (folder / "captions.json").write_text(json.dumps(listed))
    return str(folder)


@pytest.fixture
def sources(tmp_path: Path) -> tuple[str, str]:
    first = [
        ("train", ["a dog runs", "the dog"]),
        ("train", []),
        ("val", ["a cat"]),
        ("val", []),
        ("test", ["a secret"]),
    ]
    second = [("train", ["a dog and cats", "cats"]), ("val", ["other"])]
    return collection(tmp_path / "one", first), collection(tmp_path / "two", second)


def config(*images: str, text: str = "", initial_weights: str = "") -> TrainConfig:
    return TrainConfig("m", (STAGE,), images, model=SIZES, text=text, initial_weights=initial_weights)


def test_all_sources_train_and_the_first_validates_where_there_are_captions(
    sources: tuple[str, str], tmp_path: Path
) -> None:
    training_data = gather_training_data(config(*sources), tmp_path, device=CPU)
    assert [picture.captions[0] for picture in training_data.pictures] == ["a dog runs", "a dog and cats"]
    assert [picture.captions for picture in training_data.validation] == [("a cat",)]
    assert training_data.sentences == ["a dog runs", "the dog", "a dog and cats", "cats"]
    assert training_data.captioned == 2
    assert training_data.relations.shape == (0, 0)
    assert (training_data.teacher, training_data.weights, training_data.rewards) == (None, None, None)


def test_words_are_of_the_training_captions_and_the_text_alone(sources: tuple[str, str], tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("zebra zebra\nthe and\n")
    training_data = gather_training_data(config(*sources, text=str(tmp_path / "text.txt")), tmp_path, device=CPU)
    # Three times: dog. Twice: a, and, cats, the, zebra. All others once, or not in what is trained on.
    assert training_data.vocabulary.words == ("dog", "a", "and", "cats", "the", "zebra")
    assert training_data.writable == 7
    assert training_data.keywords == ("dog", "cats")
    assert training_data.training(STAGE).captions == 3


def test_without_captioned_training_pictures_it_says_so(tmp_path: Path) -> None:
    source = collection(tmp_path / "one", [("train", []), ("val", ["a cat"])])
    with pytest.raises(CaptionsFileError, match="none of the sources has a captioned picture in its split 'train'"):
        gather_training_data(config(source), tmp_path, device=CPU)


def test_without_validation_pictures_it_says_so(tmp_path: Path) -> None:
    source = collection(tmp_path / "one", [("train", ["a cat", "a cat"])])
    with pytest.raises(CaptionsFileError, match="none of the sources has a captioned picture in its split 'val'"):
        gather_training_data(config(source), tmp_path, device=CPU)


def test_the_first_source_with_validation_pictures_validates(tmp_path: Path) -> None:
    training = collection(tmp_path / "one", [("train", ["a cat", "a cat"]), ("val", [])])
    validation = [collection(tmp_path / name, [("val", [name])]) for name in ("two", "three")]
    training_data = gather_training_data(config(training, *validation), tmp_path, device=CPU)
    assert [picture.captions for picture in training_data.validation] == [("two",)]


def test_a_network_starts_with_the_sizes_of_the_training_data(sources: tuple[str, str], tmp_path: Path) -> None:
    chosen = config(*sources)
    training_data = gather_training_data(chosen, tmp_path, device=CPU)
    network = start_network(chosen, training_data, pretrained=True)
    assert network.text_encoder.embed.num_embeddings == len(training_data.vocabulary)
    assert network.decoder.embed.num_embeddings == training_data.writable
    with torch.inference_mode():
        seen = network.eval().encoder(torch.zeros(1, 3, 32, 32, dtype=torch.uint8))
        assert network.keyword(seen.pooled).shape == (1, 2)


def test_initial_weights_matter_at_the_start_alone(sources: tuple[str, str], tmp_path: Path) -> None:
    chosen = config(*sources, initial_weights=str(tmp_path / "none.safetensors"))
    training_data = gather_training_data(chosen, tmp_path, device=CPU)
    with pytest.raises(ModelFileError, match=r"the initial weights .*none\.safetensors could not be read"):
        start_network(chosen, training_data, pretrained=True)
    start_network(chosen, training_data, pretrained=False)


def test_labels_count_as_words(tmp_path: Path) -> None:
    source = collection(tmp_path / "one", [("train", ["a dog", "a dog"]), ("val", ["a cat"])])
    labels = tmp_path / "labels.json"
    Image.new("RGB", (8, 8)).save(tmp_path / "horn.png")
    labels.write_text(json.dumps([{"filename": "horn.png", "split": "train", "label": "french horn", "captions": []}]))
    training_data = gather_training_data(config(source, str(labels)), tmp_path, device=CPU)
    assert training_data.vocabulary.words == ("french", "horn", "a", "dog")
    assert "french" in training_data.keywords


def test_a_network_goes_on_with_more_words_and_keeps_what_it_learnt_of_the_old(
    sources: tuple[str, str], tmp_path: Path
) -> None:
    former = write_tiny_model(tmp_path / "former.safetensors")
    learnt = read_model_file(former).tensors("pt")
    (tmp_path / "text.txt").write_text("zebra dogs beach\n" * 3)
    text, sizes = str(tmp_path / "text.txt"), tiny_config(embedding_cells=3, prior_weight=0.2)
    chosen = dataclasses.replace(config(*sources, text=text), model=sizes, start=str(former), recount=True)
    training_data = gather_training_data(chosen, tmp_path, device=CPU)
    network = start_network(chosen, training_data, pretrained=True)
    words = training_data.vocabulary.words
    assert "zebra" in words
    for word in ("dog", "beach"):
        mine, old = words.index(word) + len(SPECIAL), WORDS.index(word) + len(SPECIAL)
        for name in ("text_encoder.embed.weight", "decoder.embed.weight", "decoder.output.bias"):
            torch.testing.assert_close(network.state_dict()[name][mine], learnt[name][old].float())
    weight, bias = network.state_dict()["keyword.1.weight"], network.state_dict()["keyword.1.bias"]
    for row, word in enumerate(training_data.keywords):
        if word in KEYWORDS:
            torch.testing.assert_close(weight[row], learnt["keyword.1.weight"][KEYWORDS.index(word)].float())
        else:
            assert not weight[row].any()
            assert bias[row] == learnt["keyword.1.bias"].float().min()
    assert {"dog", "cats"} <= set(training_data.keywords)
    # The former model read words for "dogs" that it knew, and so does the new one at first.
    substitute = OutOfVocabularyWords(Vocabulary(WORDS)).substitute("dogs")
    assert substitute is not None
    theirs = [WORDS.index(word) + len(SPECIAL) for word in substitute.known]
    torch.testing.assert_close(
        network.state_dict()["text_encoder.embed.weight"][words.index("dogs") + len(SPECIAL)],
        learnt["text_encoder.embed.weight"][theirs].float().mean(0),
    )
    assert network.decoder.joint_input is not None
    name = "decoder.lower.weight_ih_l0"
    assert torch.equal(network.state_dict()[name], learnt[name].float())


def test_a_former_model_of_other_sizes_is_refused(sources: tuple[str, str], tmp_path: Path) -> None:
    former = write_tiny_model(tmp_path / "former.safetensors")
    chosen = dataclasses.replace(config(*sources), model=tiny_config(hidden=24), start=str(former))
    with pytest.raises(ModelFileError, match="has other sizes than the configuration asks for"):
        start_network(chosen, gather_training_data(chosen, tmp_path, device=CPU), pretrained=True)


def test_pictures_that_nobody_captioned_are_spoken_for_by_the_sentences_near_them(tmp_path: Path) -> None:
    bare = [("train", ["a dog runs", "the dog"]), ("val", ["a cat"]), ("unlabelled", [])]
    source = collection(tmp_path / "one", bare)
    labelled = tmp_path / "labelled"
    (labelled / "images").mkdir(parents=True)
    Image.new("RGB", (8, 8)).save(labelled / "images" / "0.png")
    entries = [{"filename": "0.png", "split": "train", "captions": [], "label": "trombone"}]
    (labelled / "labels.json").write_text(json.dumps(entries))
    bank = ["a dog runs on sand", "a cat and a dog", "the cat sits", "a dog and a cat"]
    (tmp_path / "text.txt").write_text("\n".join(bank))
    model = write_tiny_model(tmp_path / "former.safetensors")
    lent = dataclasses.replace(
        config(source, str(labelled / "labels.json"), text=str(tmp_path / "text.txt")),
        model=read_model_file(model).config,
        start=str(model),
        uncaptioned=True,
        neighbours=3,
        stages=(dataclasses.replace(STAGE, objectives={"scst": 1.0}),),
    )
    training_data = gather_training_data(lent, tmp_path, device=CPU)
    known, unknown, trombone = training_data.pictures
    assert known.captions == ("a dog runs", "the dog")
    assert len(unknown.captions) == 3
    assert set(unknown.captions) <= set(bank)
    assert all("trombone" in caption for caption in trombone.captions)
    assert training_data.captioned == 1
    assert [caption in training_data.sentences for caption in unknown.captions] == [True] * 3
    # What was found is kept: a second start asks no network.
    assert gather_training_data(lent, tmp_path, device=CPU).pictures == training_data.pictures
    assert list(tmp_path.glob("neighbours-*.json"))
