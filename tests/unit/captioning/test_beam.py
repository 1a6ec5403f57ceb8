from __future__ import annotations

import itertools

import pytest
import torch
from torch import Tensor

from captioning.beam import beam_search
from captioning.decoder import CaptionDecoder, Memory
from captioning.encoder import ImageFeatures
from captioning.vocabulary import END, PAD, START, UNKNOWN


@pytest.fixture
def decoder() -> CaptionDecoder:
    torch.manual_seed(2)
    made = CaptionDecoder(9, channels=6, word_size=6, hidden=16, dropout=0.0).eval()
    with torch.no_grad():
        # Larger than at the start of a training, so that words differ in probability.
        made.embed.weight.mul_(30)
    return made


@pytest.fixture
def memory(decoder: CaptionDecoder) -> Memory:
    generator = torch.Generator().manual_seed(3)
    pictures = ImageFeatures(torch.randn(5, 4, 6, generator=generator), torch.randn(5, 12, generator=generator))
    return decoder.look(pictures)


def part(memory: Memory, index: int) -> Memory:
    return Memory(*(tensor[index : index + 1] for tensor in memory))


def log_probs(decoder: CaptionDecoder, memory: Memory, words: tuple[int, ...]) -> Tensor:
    """Log-probability of each word of a sentence with its end, for one picture."""
    ids = torch.tensor([[START, *words, END]])
    scores = decoder(ids[:, :-1], memory).log_softmax(-1)
    prices: Tensor = scores.gather(-1, ids[:, 1:, None])[0, :, 0]
    return prices


def allowed(words: tuple[int, ...]) -> bool:
    pairs = list(itertools.pairwise(words))
    return len(set(pairs)) == len(pairs) and all(a != b for a, b in pairs)


@torch.inference_mode()
def test_a_wide_beam_finds_the_best_of_all_sentences(decoder: CaptionDecoder, memory: Memory) -> None:
    words = [w for w in range(9) if w not in (PAD, START, END, UNKNOWN)]
    every = [s for n in (1, 2) for s in itertools.product(words, repeat=n) if allowed(s)]
    found = beam_search(decoder, memory, width=60, longest=2, length_power=0.0)
    for index in range(5):

        def price(sentence: tuple[int, ...], index: int = index) -> float:
            scores = log_probs(decoder, part(memory, index), sentence)
            # A sentence of the largest length ends for free.
            return float(scores[:-1].sum() if len(sentence) == 2 else scores.sum())

        best = max(every, key=price)
        assert [w for w in found.ids[index].tolist() if w not in (END, PAD)] == list(best)
        assert found.log_probs[index].sum().item() == pytest.approx(price(best), abs=1e-4)


@torch.inference_mode()
def test_width_one_is_greedy(decoder: CaptionDecoder, memory: Memory) -> None:
    found = beam_search(decoder, memory, width=1, longest=6)
    for index in range(5):
        sentence: list[int] = []
        while len(sentence) < 6:
            ids = torch.tensor([[START, *sentence]])
            scores = decoder(ids, part(memory, index))[0, -1]
            candidates = [w for w in range(9) if w not in (PAD, START, UNKNOWN) and (sentence or w != END)]
            candidates = [w for w in candidates if w == END or allowed((*sentence, w))]
            best = max(candidates, key=lambda w: float(scores[w]))
            if best == END:
                break
            sentence.append(best)
        assert [w for w in found.ids[index].tolist() if w not in (END, PAD)] == sentence


@torch.inference_mode()
def test_a_batch_gives_what_single_pictures_give(decoder: CaptionDecoder, memory: Memory) -> None:
    together = beam_search(decoder, memory, width=4, longest=7)
    for index in range(5):
        alone = beam_search(decoder, part(memory, index), width=4, longest=7)
        length = alone.ids.shape[1]
        assert together.ids[index, :length].tolist() == alone.ids[0].tolist()
        assert (together.ids[index, length:] == PAD).all()
        torch.testing.assert_close(together.log_probs[index, :length], alone.log_probs[0], rtol=1e-4, atol=1e-5)


@torch.inference_mode()
@pytest.mark.parametrize("longest", [1, 3, 12])
def test_lengths_and_repetitions_are_limited(decoder: CaptionDecoder, memory: Memory, longest: int) -> None:
    found = beam_search(decoder, memory, width=3, longest=longest, length_power=1.0)
    for row in found.ids.tolist():
        words = tuple(row[: row.index(END)])
        assert 1 <= len(words) <= longest
        assert allowed(words)
        assert not {PAD, START, UNKNOWN} & set(words)
        assert set(row[row.index(END) + 1 :]) <= {PAD}


@torch.inference_mode()
def test_the_seed_does_not_matter(decoder: CaptionDecoder, memory: Memory) -> None:
    torch.manual_seed(1)
    first = beam_search(decoder, memory)
    torch.manual_seed(2)
    assert torch.equal(first.ids, beam_search(decoder, memory).ids)
