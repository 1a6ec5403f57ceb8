from __future__ import annotations

import pytest
import torch

from captioning.decoding.beam_search import Sentences, beam_search
from captioning.decoding.reranking import prefer_agreement, prefer_nearness, prior_log_probs, rerank
from captioning.network.attention_decoder import CaptionDecoder
from captioning.network.image_encoder import ImageFeatures
from captioning.vocabulary import END, PAD, START


@pytest.fixture
def decoder() -> CaptionDecoder:
    torch.manual_seed(2)
    made = CaptionDecoder(8, channels=6, word_size=6, hidden=16, dropout=0.0).eval()
    with torch.no_grad():
        made.embed.weight.mul_(30)
    return made


@torch.inference_mode()
def test_the_prior_is_what_is_said_of_no_picture(decoder: CaptionDecoder) -> None:
    ids = torch.tensor([[[4, 6, END], [5, END, PAD]]])
    log_probs = prior_log_probs(decoder, ids)
    blank = decoder.null_memory(1, torch.device("cpu"))
    first = decoder(torch.tensor([[START, 4, 6]]), blank).log_softmax(-1)[0]
    second = decoder(torch.tensor([[START, 5]]), blank).log_softmax(-1)[0]
    expected = [[first[0, 4], first[1, 6], first[2, END]], [second[0, 5], second[1, END], 0.0]]
    torch.testing.assert_close(log_probs, torch.tensor([expected]), rtol=1e-4, atol=1e-5)


@torch.inference_mode()
def test_scores_by_hand(decoder: CaptionDecoder, monkeypatch: pytest.MonkeyPatch) -> None:
    # log p(T) of -2 and -8 over lengths 2 and 3: with weight 0.5 and power 1 the scores gain 0.5 and 4 / 3.
    prior = torch.tensor([[[-1.5, -0.5, 0.0], [-3.0, -4.0, -1.0]]])
    monkeypatch.setattr("captioning.decoding.reranking.prior_log_probs", lambda *_, **__: prior)
    ids = torch.tensor([[[5, END, PAD], [4, 6, END]]])
    given = Sentences(ids, torch.arange(6.0).view(1, 2, 3), torch.tensor([[-1.0, -1.5]]))
    reranked = rerank(decoder, given, weight=0.5, length_penalty=1.0)
    torch.testing.assert_close(reranked.scores, torch.tensor([[-1.5 + 4 / 3, -0.5]]))
    assert reranked.ids.tolist() == [[[4, 6, END], [5, END, PAD]]]
    assert reranked.log_probs.tolist() == [[[3.0, 4.0, 5.0], [0.0, 1.0, 2.0]]]


@torch.inference_mode()
def test_without_weight_nothing_changes(decoder: CaptionDecoder) -> None:
    features = ImageFeatures(torch.randn(3, 4, 6), torch.randn(3, 12))
    given = beam_search(decoder, decoder.encode_memory(features), width=4, sentences=4, max_length=6)
    found = rerank(decoder, given, weight=0.0)
    for before, after in zip(given, found, strict=True):
        assert torch.equal(before, after)


def test_the_sentence_that_agrees_with_the_others_comes_first() -> None:
    ids = torch.tensor([[[7, 7, END, PAD], [4, 5, END, PAD], [4, 5, 6, END]]])
    given = Sentences(ids, torch.zeros(1, 3, 4), torch.tensor([[-1.0, -1.1, -1.2]]))
    # Of [4 5 end] and [4 5 6 end]: 2 * 3 / 7, 2 * 1 / 5, 0 and 0 of runs of one to four words; the first shares one.
    pair = (6 / 7 + 2 / 5) / 4
    lone = 2 * 1 / 6 / 4, 2 * 1 / 7 / 4
    expected = [-1.0 + sum(lone) / 2, -1.1 + (lone[0] + pair) / 2, -1.2 + (lone[1] + pair) / 2]
    found = prefer_agreement(given, weight=1.0)
    torch.testing.assert_close(found.scores, torch.tensor([[expected[1], expected[0], expected[2]]]))
    assert found.ids[0, 0].tolist() == [4, 5, END, PAD]


def test_agreement_of_no_weight_changes_nothing() -> None:
    ids = torch.tensor([[[7, END], [4, END]]])
    given = Sentences(ids, torch.zeros(1, 2, 2), torch.tensor([[-1.0, float("-inf")]]))
    for before, after in zip(given, prefer_agreement(given, weight=0.0), strict=True):
        assert torch.equal(before, after)


def test_the_sentence_nearest_to_the_picture_comes_first() -> None:
    ids = torch.tensor([[[7, END], [4, END]]])
    given = Sentences(ids, torch.zeros(1, 2, 2), torch.tensor([[-1.0, -1.2]]))
    found = prefer_nearness(given, torch.tensor([[0.1, 0.4]]), weight=2.0)
    torch.testing.assert_close(found.scores, torch.tensor([[-0.4, -0.8]]))
    assert found.ids[0, :, 0].tolist() == [4, 7]
