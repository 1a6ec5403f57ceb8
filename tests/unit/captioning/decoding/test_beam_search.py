from __future__ import annotations

import itertools

import pytest
import torch
from torch import Tensor

from captioning.decoding.beam_search import beam_search
from captioning.decoding.search_rules import LENGTH_PENALTY
from captioning.network.attention_decoder import CaptionDecoder, Memory
from captioning.network.image_encoder import ImageFeatures
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
    return decoder.encode_memory(pictures)


def part(memory: Memory, index: int) -> Memory:
    return Memory(*(tensor[index : index + 1] for tensor in memory))


def log_probs(decoder: CaptionDecoder, memory: Memory, words: tuple[int, ...]) -> Tensor:
    """Log-probability of each word of a sentence with its end, for one picture."""
    ids = torch.tensor([[START, *words, END]])
    scores = decoder(ids[:, :-1], memory).log_softmax(-1)
    word_scores: Tensor = scores.gather(-1, ids[:, 1:, None])[0, :, 0]
    return word_scores


def allowed(words: tuple[int, ...]) -> bool:
    pairs = list(itertools.pairwise(words))
    stammers = [a == b for a, b in [*pairs, *zip(words, words[2:], strict=False)]]
    return len(set(pairs)) == len(pairs) and not any(stammers)


@torch.inference_mode()
def test_a_wide_beam_finds_the_best_of_all_sentences(decoder: CaptionDecoder, memory: Memory) -> None:
    words = [w for w in range(9) if w not in (PAD, START, END, UNKNOWN)]
    every = [s for n in (1, 2) for s in itertools.product(words, repeat=n) if allowed(s)]
    beams = beam_search(decoder, memory, width=60, max_length=2, length_penalty=0.0)
    for index in range(5):

        def sentence_score(sentence: tuple[int, ...], index: int = index) -> float:
            scores = log_probs(decoder, part(memory, index), sentence)
            # A sentence of the largest length ends for free.
            return float(scores[:-1].sum() if len(sentence) == 2 else scores.sum())

        best = max(every, key=sentence_score)
        assert [w for w in beams.ids[index, 0].tolist() if w not in (END, PAD)] == list(best)
        assert beams.log_probs[index, 0].sum().item() == pytest.approx(sentence_score(best), abs=1e-4)


@torch.inference_mode()
def test_width_one_is_greedy(decoder: CaptionDecoder, memory: Memory) -> None:
    beams = beam_search(decoder, memory, width=1, max_length=6)
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
        assert [w for w in beams.ids[index, 0].tolist() if w not in (END, PAD)] == sentence


@torch.inference_mode()
def test_a_batch_gives_what_single_pictures_give(decoder: CaptionDecoder, memory: Memory) -> None:
    together = beam_search(decoder, memory, width=4, max_length=7)
    for index in range(5):
        alone = beam_search(decoder, part(memory, index), width=4, max_length=7)
        assert together.ids[index].tolist() == alone.ids[0].tolist()
        torch.testing.assert_close(together.log_probs[index], alone.log_probs[0], rtol=1e-4, atol=1e-5)


@torch.inference_mode()
@pytest.mark.parametrize("max_length", [1, 3, 12])
def test_lengths_and_repetitions_are_limited(decoder: CaptionDecoder, memory: Memory, max_length: int) -> None:
    found = beam_search(decoder, memory, width=3, max_length=max_length, length_penalty=1.0)
    for row in found.ids[:, 0].tolist():
        words = tuple(row[: row.index(END)])
        assert 1 <= len(words) <= max_length
        assert allowed(words)
        assert not {PAD, START, UNKNOWN} & set(words)
        assert set(row[row.index(END) + 1 :]) <= {PAD}


def search_to_the_end(decoder: CaptionDecoder, memory: Memory, *, width: int, max_length: int) -> list[tuple[int, ...]]:
    """Beam search for one picture as a textbook has it, without leaving early: all sentences, best first."""
    beams: list[tuple[tuple[int, ...], float, bool]] = [((), 0.0, False)]
    for _ in range(max_length):
        grown = [beam for beam in beams if beam[2]]
        for words, total, _ in (beam for beam in beams if not beam[2]):
            scores = decoder(torch.tensor([[START, *words]]), memory)[0, -1].log_softmax(-1).tolist()
            grown += [((*words, w), total + scores[w], False) for w in range(4, 9) if allowed((*words, w))]
            grown += [(words, total + scores[END], True)] if words else []
        beams = sorted(grown, key=lambda beam: -beam[1])[:width]
    ranked = sorted(beams, key=lambda beam: -beam[1] / (len(beam[0]) + 1) ** LENGTH_PENALTY)
    return [words for words, _, _ in ranked]


@torch.inference_mode()
def test_leaving_a_picture_early_changes_nothing(decoder: CaptionDecoder, memory: Memory) -> None:
    # An end that is likelier lets some pictures come to theirs early.
    with torch.no_grad():
        decoder.output.bias[END] += 1.5
    beams = beam_search(decoder, memory, width=4, sentences=2, max_length=9)
    for index in range(5):
        expected = search_to_the_end(decoder, part(memory, index), width=4, max_length=9)[:2]
        sentences = [tuple(w for w in row if w not in (END, PAD)) for row in beams.ids[index].tolist()]
        assert sentences == expected
    assert (beams.scores[:, 0] >= beams.scores[:, 1]).all()


@torch.inference_mode()
def test_where_nothing_else_is_found_there_is_no_sentence(decoder: CaptionDecoder, memory: Memory) -> None:
    with torch.no_grad():
        decoder.output.bias[4:8] = float("-inf")
    beams = beam_search(decoder, memory, width=3, sentences=3, max_length=4)
    assert beams.ids[0, 0].tolist() == [8, END, PAD, PAD, PAD]
    assert beams.scores[0].isinf().tolist() == [False, True, True]
    assert (beams.ids[0, 1:] == PAD).all()
    assert (beams.log_probs[0, 1:] == 0).all()


@torch.inference_mode()
def test_the_seed_does_not_matter(decoder: CaptionDecoder, memory: Memory) -> None:
    torch.manual_seed(1)
    first = beam_search(decoder, memory)
    torch.manual_seed(2)
    assert torch.equal(first.ids, beam_search(decoder, memory).ids)
