from __future__ import annotations

import dataclasses

import pytest
import torch

from captioning.network.attention_decoder import CaptionDecoder, Memory
from captioning.network.image_encoder import ImageFeatures
from captioning.network.model import CaptionNetwork
from captioning.training.batches import Batch
from captioning.training.scst import (
    TEMPERATURE,
    CaptionRewards,
    NearestRewards,
    draw_sentences,
    sentence_log_probs,
)
from captioning.vocabulary import END, PAD, START, UNKNOWN, Vocabulary
from tests.tiny_model import tiny_config, tiny_network

VOCABULARY = Vocabulary(["a", "dog", "left", "right", "on", "the", "cat"])


@pytest.fixture(scope="module")
def network() -> CaptionNetwork:
    return tiny_network(tiny_config())


def memory_of(network: CaptionNetwork, count: int) -> Memory:
    generator = torch.Generator().manual_seed(2)
    channels = network.encoder.channels
    features = ImageFeatures(
        torch.randn(count, 4, channels, generator=generator), torch.randn(count, 2 * channels, generator=generator)
    )
    return network.encode_memory(features)


def ids(*sentences: str, ended: bool = True) -> torch.Tensor:
    rows = [[*VOCABULARY.encode(sentence.split()), *([END] if ended else [])] for sentence in sentences]
    width = max(map(len, rows))
    return torch.tensor([[*row, *[PAD] * (width - len(row))] for row in rows])


def batch(index: list[int], flipped: list[bool]) -> Batch:
    nothing = torch.empty(0)
    places = {"index": torch.tensor(index), "flipped": torch.tensor(flipped)}
    return Batch(**{field.name: places.get(field.name, nothing) for field in dataclasses.fields(Batch)})


def rewards() -> CaptionRewards:
    said = [("a dog on the left",), ("the cat",), ("a cat on the right", "a cat")]
    return CaptionRewards(said, VOCABULARY)


def test_a_persons_own_sentence_earns_most_and_a_mirrored_picture_swaps_left_and_right() -> None:
    drawn = ids("a dog on the left", "a dog on the right", "the cat", "the cat")
    plain = rewards()(batch([0, 1], [False, False]), drawn)
    assert plain.shape == (2, 2)
    assert plain[0, 0].item() == pytest.approx(10.0, rel=1e-5)
    assert plain[0, 0] > plain[0, 1] > 0
    mirrored = rewards()(batch([0, 1], [True, False]), drawn)
    assert torch.equal(mirrored[0], plain[0].flip(0))


def test_a_sentence_that_breaks_off_earns_less() -> None:
    ended = rewards()(batch([1], [False]), ids("the cat", "the cat"))
    broken = rewards()(batch([1], [False]), ids("the cat", "the cat", ended=False))
    assert (broken < ended).all()


def test_what_is_said_of_a_picture_that_nobody_captioned_is_worth_nothing() -> None:
    earned = rewards()(batch([3, 1], [False, False]), ids("the cat", "a cat", "the cat", "a cat"))
    assert earned[0].tolist() == [0.0, 0.0]
    assert earned[1, 0] > 0


def test_a_picture_that_nobody_captioned_is_compared_with_what_is_known_of_it() -> None:
    known = CaptionRewards(
        [("a dog on the left",), ("the cat",), (), ("a cat", "a cat on the right")], VOCABULARY, captioned=2
    )
    earned = known(batch([3, 2], [False, False]), ids("a cat", "the dog", "a cat", "the dog"))
    assert earned[0, 0] > earned[0, 1]
    assert earned[1].tolist() == [0.0, 0.0]


def test_what_near_sentences_say_counts_beside_what_people_wrote() -> None:
    said, near = [("a dog on the left",), ("the cat",)], [("a dog on the right",), ()]
    own = CaptionRewards(said, VOCABULARY)
    both = CaptionRewards(said, VOCABULARY, borrowed=near)
    drawn = ids("a dog on the right", "the dog", "the cat", "a cat")
    where = batch([0, 1], [False, False])
    assert torch.equal(both(where, drawn), own(where, drawn))
    lent = both(where, drawn, borrow=3.0)
    # Said of a third picture, with word runs as rare as among the first two.
    alone = CaptionRewards([*said, *near[:1]], VOCABULARY, captioned=2)
    expected = (own(where, drawn)[0] + 3 * alone(batch([2], [False]), drawn[:2])[0]) / 4
    torch.testing.assert_close(lent[0], expected)
    assert lent[0, 0] > own(where, drawn)[0, 0]
    # Where nothing was lent, people's captions count alone.
    assert torch.equal(lent[1], own(where, drawn)[1])


def test_a_sentence_drawn_from_an_embedding_is_compared_with_those_nearest_to_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("captioning.training.scst.REFERENCES", 1)
    text = [["a", "dog", "on", "the", "left"], ["the", "cat"], ["a", "cat", "on", "the", "right"]]
    nearest = NearestRewards(text, torch.eye(3), VOCABULARY, frequency=rewards().frequency)
    drawn = ids("the cat", "a dog on the left", "the cat", "a dog on the left")
    earned = nearest(torch.tensor([[0.1, 0.9, 0.2], [0.8, 0.1, 0.2]]), drawn)
    # The first two pictures have just these captions.
    torch.testing.assert_close(earned, rewards()(batch([1, 0], [False, False]), drawn))
    broken = nearest(torch.eye(3)[1:2], ids("the cat", "the cat", ended=False))
    assert (broken < earned[0, 0]).all()


def test_sentences_are_drawn_from_the_distribution_that_is_scored(network: CaptionNetwork) -> None:
    torch.manual_seed(0)
    count = 4000
    memory = Memory(*(part.expand(count, *part.shape[1:]) for part in memory_of(network, 1)))
    drawn = draw_sentences(network.decoder, memory, max_length=1)
    assert not torch.isin(drawn[:, 0], torch.tensor([PAD, START, UNKNOWN])).any()
    once = Memory(*(part[:1] for part in memory))
    words = torch.arange(len(network.decoder.embed.weight)).unsqueeze(1)
    words = words[words[:, 0] > UNKNOWN]
    words = torch.cat([torch.tensor([[END]]), words])
    each = Memory(*(part.expand(len(words), *part.shape[1:]) for part in once))
    with torch.inference_mode():
        probabilities = sentence_log_probs(network.decoder, each, words)[:, 0].exp()
    assert probabilities.sum().item() == pytest.approx(1.0, abs=1e-5)
    seen = torch.stack([(drawn[:, 0] == word).float().mean() for word in words[:, 0]])
    assert (seen - probabilities).abs().max() < 4 * 0.5 / count**0.5


def test_scoring_reads_the_words_before_and_counts_nothing_behind_the_end(network: CaptionNetwork) -> None:
    assert isinstance(network.decoder, CaptionDecoder)
    memory = memory_of(network, 2)
    sentences = torch.tensor([[4, 5, END, PAD], [6, 7, 8, END]])
    with torch.inference_mode():
        log_probs = sentence_log_probs(network.decoder, memory, sentences)
        logits = network.decoder(torch.tensor([[START, 4, 5], [START, 6, 7]]), memory)
    assert log_probs[0, 3] == 0
    allowed = logits / TEMPERATURE
    allowed[..., [PAD, START, UNKNOWN]] = float("-inf")
    expected = allowed.log_softmax(-1).gather(2, sentences[:, :3, None]).squeeze(2)
    torch.testing.assert_close(log_probs[:, :3], expected)


def test_the_same_seed_draws_the_same_sentences(network: CaptionNetwork) -> None:
    memory = memory_of(network, 3)
    drawn = []
    for _ in range(2):
        torch.manual_seed(7)
        drawn.append(draw_sentences(network.decoder, memory))
    assert torch.equal(*drawn)
    assert drawn[0].shape[1] <= 21
