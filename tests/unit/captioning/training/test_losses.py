from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F

from captioning.training import losses
from captioning.vocabulary import PAD

ONE, TWO = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])


def test_nll_is_the_mean_over_words_and_leaves_out_padding() -> None:
    probabilities = torch.tensor([[[0.1, 0.2, 0.7], [0.25, 0.5, 0.25], [0.9, 0.05, 0.05]]])
    targets = torch.tensor([[2, 1, PAD]])
    expected = -(math.log(0.7) + math.log(0.5)) / 2
    assert losses.nll(probabilities.log(), targets).item() == pytest.approx(expected, rel=1e-6)


def test_label_smoothing_spreads_its_share_over_all_words() -> None:
    probabilities = torch.tensor([[[0.1, 0.2, 0.7]]])
    expected = -(0.7 * math.log(0.7) + 0.1 * (math.log(0.1) + math.log(0.2) + math.log(0.7)))
    loss = losses.nll(probabilities.log(), torch.tensor([[2]]), smoothing=0.3)
    assert loss.item() == pytest.approx(expected, rel=1e-6)


def test_mmi_with_one_sentence_each_is_symmetric_cross_entropy() -> None:
    loss = losses.mmi(torch.stack([ONE, TWO]), torch.stack([ONE, TWO]), torch.tensor([0, 1]), torch.tensor(2.0))
    # Each row holds the logits 2 and 0.
    assert loss.item() == pytest.approx(math.log(1 + math.exp(-2)), rel=1e-6)


def test_mmi_has_several_positive_sentences_as_its_target() -> None:
    sentences = torch.stack([ONE, TWO, TWO])
    owner = torch.tensor([0, 0, 1])
    loss = losses.mmi(torch.stack([ONE, TWO]), sentences, owner, torch.tensor(1.0))
    to_image = (-math.log(math.e / (math.e + 1)) * 2 - math.log(1 / (math.e + 1))) / 3
    # Picture 0 scores 1, 0, 0 and means the first two; picture 1 scores 0, 1, 1 and means the last.
    first = -(math.log(math.e / (math.e + 2)) + math.log(1 / (math.e + 2))) / 2
    second = -math.log(math.e / (1 + 2 * math.e))
    assert loss.item() == pytest.approx((to_image + (first + second) / 2) / 2, rel=1e-6)


def test_triplet_takes_the_hardest_negative_both_ways() -> None:
    images = torch.stack([ONE, TWO])
    sentences = F.normalize(torch.tensor([[0.8, 0.6], [0.6, 0.8]]), dim=1)
    loss = losses.triplet(images, sentences, torch.tensor([0, 1]), margin=0.3)
    # Both pairs score 0.8, both negatives 0.6: 0.3 - 0.8 + 0.6 = 0.1, twice.
    assert loss.item() == pytest.approx(0.2, rel=1e-5)
    assert losses.triplet(images, sentences, torch.tensor([0, 1]), margin=0.1).item() == 0.0


def test_triplet_never_takes_a_pictures_own_other_sentence() -> None:
    images = torch.stack([ONE, TWO])
    sentences = torch.stack([ONE, ONE, TWO])
    assert losses.triplet(images, sentences, torch.tensor([0, 0, 1])).item() == 0.0


def test_keyword_sums_over_words_and_averages_over_pictures() -> None:
    logits = torch.tensor([[0.0, math.log(3)], [0.0, 0.0]])
    targets = torch.tensor([[1.0, 1.0], [0.0, 1.0]])
    expected = ((math.log(2) - math.log(0.75)) + 2 * math.log(2)) / 2
    assert losses.keyword(logits, targets).item() == pytest.approx(expected, rel=1e-6)


def test_text_relation_is_zero_for_the_teachers_own_similarities() -> None:
    vectors = F.normalize(torch.randn(6, 5, generator=torch.Generator().manual_seed(0)), dim=1)
    assert losses.text_relation(vectors, vectors).item() == pytest.approx(0.0, abs=1e-6)
    turned = vectors @ torch.linalg.qr(torch.randn(5, 5, generator=torch.Generator().manual_seed(1)))[0]
    assert losses.text_relation(turned, vectors).item() == pytest.approx(0.0, abs=1e-4)


def test_text_relation_on_three_sentences() -> None:
    student = torch.stack([ONE, ONE, TWO])
    teacher = torch.stack([ONE, TWO, TWO])
    # At temperature 1 and without itself, the student's rows are softmax(1, 0), (1, 0), (0, 0).
    high, low = math.e / (math.e + 1), 1 / (math.e + 1)

    def kl(p: list[float], q: list[float]) -> float:
        return sum(a * math.log(a / b) for a, b in zip(p, q, strict=True))

    expected = (kl([0.5, 0.5], [high, low]) + kl([low, high], [high, low]) + kl([low, high], [0.5, 0.5])) / 3
    assert losses.text_relation(student, teacher, temperature=1.0).item() == pytest.approx(expected, rel=1e-5)


def test_nll_weighs_sentences() -> None:
    logits = torch.tensor([[[0.0, 0.0, 0.0, 0.0]], [[0.0, 0.0, 0.0, math.log(3)]]])
    targets = torch.tensor([[3], [3]])
    first, second = math.log(4), math.log(6) - math.log(3)
    weighed = losses.nll(logits, targets, weight=torch.tensor([0.5, 1.0]))
    assert weighed.item() == pytest.approx((0.5 * first + second) / 1.5, rel=1e-6)


def test_mmi_weighs_pairs_and_takes_a_picture_without_sentence_as_a_wrong_answer() -> None:
    images, sentences, owner = torch.stack([ONE, TWO, ONE]), torch.stack([ONE, TWO]), torch.tensor([0, 1])
    # Sentence one fits pictures one and three alike, sentence two only picture two; each picture knows its sentence.
    to_image = (math.log(2 * math.e + 1) - 1) * 0.5 + (math.log(math.e + 2) - 1)
    to_sentence = (math.log(math.e + 1) - 1) * 1.5
    loss = losses.mmi(images, sentences, owner, torch.tensor(1.0), weight=torch.tensor([0.5, 1.0]))
    assert loss.item() == pytest.approx((to_image + to_sentence) / 1.5 / 2, rel=1e-5)


def test_soft_target_is_the_cross_entropy_with_the_teachers_softmax() -> None:
    images, sentences = torch.stack([ONE, TWO]), torch.stack([ONE, TWO])
    sure, even = torch.tensor(math.log(3)), torch.tensor(0.0)
    # A teacher that takes all for each other, and a student that gives its own pair three times the other's share.
    loss = losses.soft_target(images, sentences, sure, (images, sentences, float(even)))
    assert loss.item() == pytest.approx(-(math.log(0.75) + math.log(0.25)) / 2, rel=1e-5)
    # Nothing costs less than saying what the teacher says.
    alike = losses.soft_target(images, sentences, sure, (images, sentences, float(sure)))
    assert alike.item() == pytest.approx(-(0.75 * math.log(0.75) + 0.25 * math.log(0.25)), rel=1e-5)


def test_mimic_is_one_minus_the_cosine() -> None:
    assert losses.mimic(torch.stack([ONE, ONE]), torch.stack([ONE, TWO])).item() == pytest.approx(0.5)


def test_scst_prefers_sentences_that_earn_more_than_their_siblings() -> None:
    log_probs = torch.log(torch.tensor([[[0.5, 0.5], [0.5, 1.0], [0.25, 1.0]]])).requires_grad_()
    rewards = torch.tensor([[3.0, 1.0, 1.0]])
    # Baselines are 1, 2 and 2: gains 2, -1 and -1. Log-probabilities of 0 stand behind the end: four words count.
    expected = -(2 * 2 * math.log(0.5) - math.log(0.5) - math.log(0.25)) / 4
    loss = losses.scst(log_probs, rewards)
    assert loss.item() == pytest.approx(expected, rel=1e-5)
    torch.autograd.backward(loss)
    assert log_probs.grad is not None
    assert (log_probs.grad[0, 0] < 0).all()
    assert (log_probs.grad[0, 1:] > 0).all()
    assert losses.scst(log_probs, torch.ones(1, 3)).item() == 0.0


def test_gradients_flow() -> None:
    images = torch.randn(3, 4, requires_grad=True)
    sentences = torch.randn(3, 4, requires_grad=True)
    owner = torch.arange(3)
    loss = losses.mmi(F.normalize(images), F.normalize(sentences), owner, torch.tensor(5.0))
    loss = loss + losses.triplet(F.normalize(images), F.normalize(sentences), owner)
    torch.autograd.backward(loss)
    assert images.grad is not None
    assert sentences.grad is not None
    assert images.grad.abs().sum() > 0
    assert sentences.grad.abs().sum() > 0
