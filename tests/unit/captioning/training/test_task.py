from __future__ import annotations

import dataclasses

import pytest
import torch
from torch import nn

from captioning.config import StageConfig
from captioning.network.attention_decoder import CaptionDecoder, Memory
from captioning.network.backbones import Backbone, Normalization
from captioning.network.model import CaptionNetwork
from captioning.network.sentence_batches import frame_ids, pad_ids
from captioning.training import losses as loss_functions
from captioning.training import scst, self_critical, task
from captioning.training.batches import Batch
from captioning.training.data import TrainingData
from captioning.training.pictures import DecodedPictures
from captioning.training.scst import CaptionRewards
from captioning.training.task import picture_losses, text_losses
from captioning.training.teacher import Teacher
from captioning.vocabulary import END, START, Vocabulary
from tests.tiny_model import KEYWORDS, WORDS, tiny_config, tiny_network

CPU = torch.device("cpu")
ROWS = [[4, 5], [4, 6, 7], [8], [9, 10, 11]]


@pytest.fixture(scope="module")
def network() -> CaptionNetwork:
    return tiny_network(tiny_config())


@pytest.fixture
def batch() -> Batch:
    """Two pictures with two sentences each."""
    pixels = torch.randint(0, 256, (2, 3, 32, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(4))
    keywords = torch.tensor([[1.0, 0, 0, 0], [0, 1.0, 1.0, 0]])
    return Batch(
        pixels,
        pad_ids(ROWS),
        frame_ids(ROWS, writable=15),
        torch.tensor([0, 0, 1, 1]),
        keywords,
        index=torch.tensor([2, 0]),
        flipped=torch.tensor([False, True]),
        caption=torch.tensor([4, 5, 0, 1]),
        weight=torch.ones(4),
        borrowed=torch.zeros(4, dtype=torch.bool),
        variation=torch.ones(2, 7),
        seed=torch.arange(2),
    )


@pytest.fixture
def training_data() -> TrainingData:
    teacher = torch.nn.functional.normalize(torch.randn(6, 5, generator=torch.Generator().manual_seed(5)), dim=1)
    none = DecodedPictures([], side=32, device=CPU)
    rest = {"side": 32, "rewards": None, "pixels": none, "validation_pixels": none}
    return TrainingData([], 0, [], ["-"] * 6, teacher.half(), None, None, Vocabulary(WORDS), 15, KEYWORDS, **rest)  # type: ignore[arg-type]


def places(count: int) -> torch.Tensor:
    """Unit vectors of the tiny joint space."""
    vectors = torch.randn(count, 8, generator=torch.Generator().manual_seed(count))
    return torch.nn.functional.normalize(vectors, dim=1).half()


def stage(*names: str) -> StageConfig:
    parts = ("decoder",) if "embedding_scst" in names else ()
    return StageConfig("s", 1, dict.fromkeys(names, 1.0), text_batch=4, parts=parts)


@torch.inference_mode()
def test_each_picture_objective_is_given_the_right_tensors(
    network: CaptionNetwork, batch: Batch, training_data: TrainingData
) -> None:
    wanted = stage("nll", "mmi", "triplet", "keyword")
    losses = picture_losses(network, batch, wanted, training_data, device=CPU, smoothing=0.1, half=False)
    features = network.encoder(batch.pixels)
    images, sentences = network.encode_image(features), network.encode_text(batch.ids)
    expected = {
        "mmi": loss_functions.mmi(images, sentences, batch.owner, network.joint.scale),
        "triplet": loss_functions.triplet(images, sentences, batch.owner),
        "keyword": loss_functions.keyword(network.keyword(features.pooled), batch.keywords),
    }
    # Each sentence is written for its own picture, one by one, without any padding.
    sums = []
    for row, owner in zip(ROWS, batch.owner.tolist(), strict=True):
        one = network.encode_memory(batch.pixels[owner : owner + 1])
        framed = torch.tensor([[START, *row, END]])
        logits = network.decoder(framed[:, :-1], one)
        sums.append(loss_functions.nll(logits, framed[:, 1:], smoothing=0.1) * (len(row) + 1))
    expected["nll"] = torch.stack(sums).sum() / sum(len(row) + 1 for row in ROWS)
    assert set(losses) == set(expected)
    for name, value in expected.items():
        torch.testing.assert_close(losses[name], value, rtol=1e-4, atol=1e-5)


@torch.inference_mode()
@pytest.mark.parametrize("name", ["nll", "mmi", "triplet", "keyword", "scst", "soft_target", "image_teacher"])
def test_only_what_the_stage_asks_for_is_computed(
    network: CaptionNetwork, batch: Batch, training_data: TrainingData, name: str
) -> None:
    teacher = Teacher(places(3), places(6), 20.0)
    taught = dataclasses.replace(
        training_data, teacher=teacher, rewards=CaptionRewards([("a dog", "the cat")] * 3, training_data.vocabulary)
    )
    losses = picture_losses(network, batch, stage(name), taught, device=CPU, smoothing=0.0, half=False)
    assert list(losses) == [name]
    assert losses[name].shape == ()


@torch.inference_mode()
def test_the_teacher_is_asked_about_the_batchs_own_pictures_and_sentences(
    network: CaptionNetwork, batch: Batch, training_data: TrainingData
) -> None:
    teacher = Teacher(places(3), places(6), 20.0)
    taught = dataclasses.replace(training_data, teacher=teacher)
    losses = picture_losses(
        network, batch, stage("soft_target", "image_teacher"), taught, device=CPU, smoothing=0.0, half=False
    )
    images, sentences = network.encode_image(batch.pixels), network.encode_text(batch.ids)
    meant, said = teacher.images[[2, 0]].float(), teacher.sentences[[4, 5, 0, 1]].float()
    expected = loss_functions.soft_target(images, sentences, network.joint.scale, (meant, said, 20.0))
    torch.testing.assert_close(losses["soft_target"], expected)
    torch.testing.assert_close(losses["image_teacher"], loss_functions.mimic(images, meant))
    ids = pad_ids([[4, 5], [8, 9]])
    told = text_losses(network, (torch.tensor([5, 1]), ids), stage("text_teacher"), taught, device=CPU, half=False)
    expected = loss_functions.mimic(network.encode_text(ids), teacher.sentences[[5, 1]].float())
    torch.testing.assert_close(told["text_teacher"], expected)


@torch.inference_mode()
@pytest.mark.parametrize("seed", range(5))
def test_half_precision_changes_a_loss_by_less_than_one_rounding(
    batch: Batch, training_data: TrainingData, seed: int
) -> None:
    # One convolution: the many of a random backbone enlarge what rounding changes, each in another way.
    torch.manual_seed(seed)
    convolution = nn.Sequential(nn.Conv2d(3, 16, 32, stride=32), nn.ReLU())
    backbone = Backbone(convolution, 16, Normalization((0.5,) * 3, (0.25,) * 3))
    network = CaptionNetwork(tiny_config(), backbone, words=len(Vocabulary(WORDS)), keywords=len(KEYWORDS)).eval()
    # At temperature one.
    network.joint.log_scale.fill_(0.0)
    wanted = stage("nll", "mmi", "keyword")
    full = picture_losses(network, batch, wanted, training_data, device=CPU, smoothing=0.1, half=False)
    half = picture_losses(network, batch, wanted, training_data, device=CPU, smoothing=0.1, half=True)
    assert any(half[name] != value for name, value in full.items())
    for name, value in full.items():
        assert half[name].item() == pytest.approx(value.item(), rel=torch.finfo(torch.bfloat16).eps)


@torch.inference_mode()
def test_text_is_compared_with_the_teachers_rows_and_written_without_a_picture(
    network: CaptionNetwork, training_data: TrainingData
) -> None:
    index, ids = torch.tensor([5, 0, 3, 2]), pad_ids(ROWS)
    wanted = stage("text_nll", "text_relation")
    losses = text_losses(network, (index, ids), wanted, training_data, device=CPU, half=False)
    teacher = training_data.relations[[5, 0, 3, 2]].float()
    torch.testing.assert_close(losses["text_relation"], loss_functions.text_relation(network.encode_text(ids), teacher))
    sums = []
    for row in ROWS:
        framed = torch.tensor([[START, *row, END]])
        logits = network.decoder(framed[:, :-1], network.decoder.null_memory(1, CPU))
        sums.append(loss_functions.nll(logits, framed[:, 1:]) * (len(row) + 1))
    expected = torch.stack(sums).sum() / sum(len(row) + 1 for row in ROWS)
    torch.testing.assert_close(losses["text_nll"], expected, rtol=1e-4, atol=1e-5)
    assert list(text_losses(network, (index, ids), stage("text_nll"), training_data, device=CPU, half=False)) == [
        "text_nll"
    ]


@torch.inference_mode()
def test_of_some_pictures_the_decoder_reads_the_embedding_alone(
    batch: Batch, training_data: TrainingData, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = tiny_network(tiny_config(embedding_cells=2))
    monkeypatch.setattr(torch, "rand", lambda count: torch.tensor([0.9, 0.1]))
    wanted = dataclasses.replace(stage("nll"), grid_dropout=0.5)
    losses = picture_losses(network, batch, wanted, training_data, device=CPU, smoothing=0.1, half=False)
    features = network.encoder(batch.pixels)
    seen, alone = network.encode_memory(features), network.decoder.embedding_memory(network.encode_image(features))
    prices = []
    for row, owner in zip(ROWS, batch.owner.tolist(), strict=True):
        memory = Memory(*(part[owner : owner + 1] for part in (alone if owner else seen)))
        framed = torch.tensor([[START, *row, END]])
        prices.append(loss_functions.nll(network.decoder(framed[:, :-1], memory), framed[:, 1:], smoothing=0.1))
    lengths = torch.tensor([len(row) + 1 for row in ROWS])
    torch.testing.assert_close(
        losses["nll"], (torch.stack(prices) * lengths).sum() / lengths.sum(), rtol=1e-4, atol=1e-5
    )


@torch.inference_mode()
def test_a_sentence_is_written_from_its_own_embedding(training_data: TrainingData) -> None:
    network = tiny_network(tiny_config(embedding_cells=2))
    index, ids = torch.tensor([5, 0, 3, 2]), pad_ids(ROWS)
    exact = dataclasses.replace(stage("embedding_nll"), noise=0.0)
    losses = text_losses(network, (index, ids), exact, training_data, device=CPU, half=False)
    framed = frame_ids(ROWS, writable=15)
    logits = network.decoder(framed[:, :-1], network.decoder.embedding_memory(network.encode_text(ids)))
    torch.testing.assert_close(losses["embedding_nll"], loss_functions.nll(logits, framed[:, 1:]))
    noisy = text_losses(network, (index, ids), stage("embedding_nll"), training_data, device=CPU, half=False)
    assert not torch.equal(noisy["embedding_nll"], losses["embedding_nll"])


@torch.inference_mode()
def test_a_borrowed_sentence_is_no_answer_but_the_teacher_is_asked_about_it(
    network: CaptionNetwork, batch: Batch, training_data: TrainingData
) -> None:
    taught = dataclasses.replace(training_data, teacher=Teacher(places(3), places(6), 20.0))
    wanted = stage("mmi", "triplet", "soft_target")
    borrowed = dataclasses.replace(batch, borrowed=torch.tensor([False, False, True, True]))
    losses = picture_losses(network, borrowed, wanted, taught, device=CPU, smoothing=0.0, half=False)
    all_own = picture_losses(network, batch, wanted, taught, device=CPU, smoothing=0.0, half=False)
    images, sentences = network.encode_image(batch.pixels), network.encode_text(batch.ids)
    expected = loss_functions.mmi(images, sentences[:2], batch.owner[:2], network.joint.scale)
    torch.testing.assert_close(losses["mmi"], expected)
    torch.testing.assert_close(losses["triplet"], loss_functions.triplet(images, sentences[:2], batch.owner[:2]))
    assert losses["soft_target"] == all_own["soft_target"]


def test_rewarded_sentences_are_drawn_without_dropout_in_training_mode(
    network: CaptionNetwork, batch: Batch, training_data: TrainingData, monkeypatch: pytest.MonkeyPatch
) -> None:
    rewarded = dataclasses.replace(
        training_data, rewards=CaptionRewards([("a dog", "the cat")] * 3, training_data.vocabulary)
    )
    modes: list[tuple[bool, bool]] = []

    def draw(decoder: CaptionDecoder, memory: Memory) -> torch.Tensor:
        modes.append((decoder.lower.training, decoder.dropout.training))
        return scst.draw_sentences(decoder, memory)

    monkeypatch.setattr(self_critical, "draw_sentences", draw)
    network.decoder.train()
    try:
        picture_losses(network, batch, stage("scst"), rewarded, device=CPU, smoothing=0.0, half=False)
        assert network.decoder.dropout.training
    finally:
        network.decoder.eval()
    # cuDNN gives an LSTM's gradient in training mode alone.
    assert modes == [(True, False)]


def sentences_by_number(decoder: object, memory: Memory) -> torch.Tensor:
    """Two different sentences for each picture instead of drawn ones."""
    return torch.tensor([[4, 5, END, 0], [6, 7, 8, END]]).repeat(len(memory.global_feature) // 2, 1)


@torch.inference_mode()
@pytest.mark.parametrize("taught", [False, True])
def test_a_drawn_sentence_near_its_picture_earns_more(
    network: CaptionNetwork, batch: Batch, training_data: TrainingData, monkeypatch: pytest.MonkeyPatch, taught: bool
) -> None:
    monkeypatch.setattr(self_critical, "draw_sentences", sentences_by_number)
    rewards = CaptionRewards([("a dog", "the cat")] * 3, training_data.vocabulary)
    teacher = Teacher(places(3), places(6), 20.0) if taught else None
    rewarded = dataclasses.replace(training_data, rewards=rewards, teacher=teacher)
    wanted = dataclasses.replace(stage("scst"), draws=2, nearness=2.0)
    losses = picture_losses(network, batch, wanted, rewarded, device=CPU, smoothing=0.0, half=False)
    # A teacher has seen the pictures as they lie in their files.
    images = places(3)[[2, 0]].float() if taught else network.encode_image(batch.pixels)
    near = images @ network.encode_text(pad_ids([[4, 5], [6, 7, 8]])).T
    memory = Memory(*(part.repeat_interleave(2, 0) for part in network.encode_memory(batch.pixels)))
    drawn = sentences_by_number(network.decoder, memory)
    log_probs = scst.sentence_log_probs(network.decoder, memory, drawn).view(2, 2, -1)
    expected = loss_functions.scst(log_probs, rewards(batch, drawn) + 2.0 * near)
    torch.testing.assert_close(losses["scst"], expected, rtol=1e-4, atol=1e-6)


@torch.inference_mode()
def test_of_some_pictures_sentences_are_drawn_from_the_embedding_alone(
    batch: Batch, training_data: TrainingData, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = tiny_network(tiny_config(embedding_cells=2))
    monkeypatch.setattr(self_critical, "draw_sentences", sentences_by_number)
    monkeypatch.setattr(torch, "rand", lambda count: torch.tensor([0.1, 0.9]))
    rewards = CaptionRewards([("a dog",), ("two red",), ("the cat on",)], training_data.vocabulary)
    rewarded = dataclasses.replace(training_data, rewards=rewards)
    wanted = dataclasses.replace(stage("scst"), draws=2, grid_dropout=0.5)
    losses = picture_losses(network, batch, wanted, rewarded, device=CPU, smoothing=0.0, half=False)
    features = network.encode_features(batch.pixels)
    alone = network.decoder.embedding_memory(network.encode_image(features))
    drawn = sentences_by_number(network.decoder, alone)
    parts = [(0, alone), (1, network.encode_memory(features))]
    log_probs = [
        scst.sentence_log_probs(network.decoder, Memory(*(x[[at, at]] for x in memory)), drawn) for at, memory in parts
    ]
    earned = rewards(batch, drawn.repeat(2, 1))
    assert not torch.equal(earned[0], earned[1])
    expected = loss_functions.scst(torch.stack(log_probs), earned)
    torch.testing.assert_close(losses["scst"], expected, rtol=1e-4, atol=1e-6)


@torch.inference_mode()
def test_sentences_drawn_from_embeddings_are_rewarded_by_the_text(
    training_data: TrainingData, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = tiny_network(tiny_config(embedding_cells=2))
    monkeypatch.setattr(self_critical, "draw_sentences", sentences_by_number)
    rewards = CaptionRewards([("a dog",), ("the cat on the beach",)], training_data.vocabulary)
    text = ["a dog runs", "the cat sits on the beach", "two red", "a picture of a colour"]
    spoken = dataclasses.replace(training_data, rewards=rewards, sentences=text)
    nearest = task.nearest_rewards(network, spoken)
    exact = dataclasses.replace(stage("embedding_scst"), noise=0.0, draws=2)
    ids = pad_ids([[4, 5], [8, 9, 10]])
    losses = text_losses(network, (torch.tensor([0, 2]), ids), exact, spoken, device=CPU, half=False, nearest=nearest)
    embeddings = network.encode_text(ids)
    memory = Memory(*(part.repeat_interleave(2, 0) for part in network.decoder.embedding_memory(embeddings)))
    drawn = sentences_by_number(network.decoder, memory)
    log_probs = scst.sentence_log_probs(network.decoder, memory, drawn).view(2, 2, -1)
    earned = nearest(embeddings, drawn)
    assert (earned > 0).any()
    torch.testing.assert_close(losses["embedding_scst"], loss_functions.scst(log_probs, earned), rtol=1e-4, atol=1e-6)
