"""What training minimises: each objective a pure function of tensors, by the field's name.

Axis legend: B pictures, M sentences, T words, V writable words, D joint size, K keywords.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from captioning.vocabulary import PAD


def nll(
    logits: Tensor,
    targets: Tensor,
    *,
    smoothing: float = 0.0,
    weight: Tensor | None = None,
    total: Tensor | None = None,
) -> Tensor:
    """Negative log-likelihood of the next words: -mean over words of log p(y_t | y_<t, I).

    With label smoothing (Szegedy et al. 2016, section 7) the target holds 1 - smoothing on the true word and
    spreads the rest evenly over all V words.

    Args:
        logits: Shape (M, T, V).
        targets: Shape (M, T), int64; `PAD` is not counted.
        smoothing: Share spread over all words, in [0, 1).
        weight: Shape (M,): how much each sentence counts; all alike without it.
        total: What the sum over words is divided by; what the words count together without it.
    """
    words = F.cross_entropy(
        logits.flatten(0, 1).float(), targets.flatten(), ignore_index=PAD, label_smoothing=smoothing, reduction="none"
    )
    counted = words_counted(targets, weight)
    total = counted.sum() if total is None else total
    return (words * counted.flatten()).sum() / total.clamp(min=1e-6)


def words_counted(targets: Tensor, weight: Tensor | None) -> Tensor:
    """How much each word counts in `nll`, (M, T), float32: as much as its sentence, and nothing where there is none.

    Args:
        targets: Word ids, shape (M, T), int64.
        weight: Shape (M,), float32, positive: how much each sentence counts; all alike without it.
    """
    counted = (targets != PAD).float()
    return counted if weight is None else counted * weight.unsqueeze(1)


_NEVER = -1e4
"""Logit of an answer that none may give: finite, so that nothing times it is nothing."""


def mmi(
    images: Tensor,
    sentences: Tensor,
    owner: Tensor,
    scale: Tensor,
    *,
    weight: Tensor | None = None,
    own: Tensor | None = None,
) -> Tensor:
    """Symmetric InfoNCE, a lower bound on the mutual information of picture and sentence.

    Oord et al. 2018, eq. 4; both ways as in Radford et al. 2021, fig. 3. A picture has several positive
    sentences; its target is uniform over them (Khosla et al. 2020, eq. 2, the sum outside the logarithm).

    Args:
        images: Unit vectors (B, D), float32.
        sentences: Unit vectors (M, D), float32.
        owner: Shape (M,), int64: the picture of each sentence. A picture without a sentence is only a wrong answer.
        scale: The inverse temperature, a scalar.
        weight: Shape (M,), positive: how much each pair counts; all alike without it.
        own: Shape (M,), bool: the sentences that take part, neither right nor wrong the others; all without it.
    """
    weight = torch.ones(len(owner), device=images.device) if weight is None else weight
    logits = scale * sentences @ images.T
    if own is not None:
        weight, logits = weight * own, logits.masked_fill(~own.unsqueeze(1), _NEVER)
    to_image = (F.cross_entropy(logits, owner, reduction="none") * weight).sum() / weight.sum()
    positive = F.one_hot(owner, len(images)).T.to(logits.dtype)
    share = positive * weight
    target = share / share.sum(1, keepdim=True).clamp(min=1e-6)
    # A picture counts as much as its sentences do on average.
    counts = share.sum(1) / positive.sum(1).clamp(min=1)
    to_sentence = (F.cross_entropy(logits.T, target, reduction="none") * counts).sum() / counts.sum()
    return (to_image + to_sentence) / 2


def soft_target(images: Tensor, sentences: Tensor, scale: Tensor, teacher: tuple[Tensor, Tensor, float]) -> Tensor:
    """Distils which pictures and sentences a teacher takes for each other: cross-entropy with its softmax, both ways.

    -sum over j of q(j | i) log p(j | i), q from the teacher at its own temperature (Hinton et al. 2015, section 2).

    Args:
        images: Unit vectors (B, D), float32.
        sentences: Unit vectors (M, D), float32.
        scale: The inverse temperature, a scalar.
        teacher: Unit vectors of the same pictures and sentences in the teacher's space, and its inverse temperature.
    """
    logits = scale * sentences @ images.T
    target = teacher[2] * teacher[1] @ teacher[0].T
    to_image = F.cross_entropy(logits, target.softmax(1))
    return (to_image + F.cross_entropy(logits.T, target.T.softmax(1))) / 2


def mimic(embeddings: Tensor, teacher: Tensor) -> Tensor:
    """Distils where a teacher puts things: mean of 1 - cosine (hints, Romero et al. 2015, eq. 3, on unit vectors).

    Args:
        embeddings: Unit vectors (B, D), float32.
        teacher: Unit vectors (B, D), float32.
    """
    return (1 - (embeddings * teacher).sum(1)).mean()


def triplet(
    images: Tensor, sentences: Tensor, owner: Tensor, *, margin: float = 0.2, own: Tensor | None = None
) -> Tensor:
    """Hinge on the hardest negative of the batch, both ways (VSE++, Faghri et al. 2018, eq. 6).

    max over j of [margin - s(i, c) + s(j, c)]+ plus the same over sentences of other pictures, mean over pairs.

    Args:
        images: Unit vectors (B, D), float32.
        sentences: Unit vectors (M, D), float32.
        owner: Shape (M,), int64: the picture of each sentence.
        margin: By how much the right answer must be nearer, in the inner product.
        own: Shape (M,), bool: the sentences that take part; all without it.
    """
    own = torch.ones_like(owner, dtype=torch.bool) if own is None else own
    scores = sentences @ images.T
    mine = F.one_hot(owner, len(images)).bool()
    positive = scores.gather(1, owner.unsqueeze(1))
    others = scores.masked_fill(mine | ~own.unsqueeze(1), float("-inf"))
    hardest_image = others.amax(1, keepdim=True)
    hardest_sentence = others.amax(0)[owner].unsqueeze(1)
    hinges = (margin - positive + hardest_image).relu() + (margin - positive + hardest_sentence).relu()
    return (hinges.squeeze(1) * own).sum() / own.sum().clamp(min=1)


def keyword(logits: Tensor, targets: Tensor) -> Tensor:
    """Binary cross-entropy of the annotation's words: summed over K, mean over pictures.

    Args:
        logits: Shape (B, K).
        targets: Shape (B, K), float in [0, 1].
    """
    return F.binary_cross_entropy_with_logits(logits.float(), targets, reduction="none").sum(1).mean()


def text_relation(sentences: Tensor, teacher: Tensor, *, temperature: float = 0.05) -> Tensor:
    """Distils which sentences are alike: KL(teacher || student) of the similarities within the batch.

    Each sentence's softmax over the others is matched, as the relational distillation of Park et al. 2019 asks
    for relations instead of coordinates, with the soft targets of Hinton et al. 2015, section 2.

    Args:
        sentences: Unit vectors (M, D), float32.
        teacher: Unit vectors (M, any size), float32.
        temperature: Of both softmaxes.
    """
    itself = torch.eye(len(sentences), dtype=torch.bool, device=sentences.device)
    student_log = (sentences @ sentences.T / temperature).masked_fill(itself, -1e4).log_softmax(1)
    target_log = (teacher @ teacher.T / temperature).masked_fill(itself, -1e4).log_softmax(1)
    return F.kl_div(student_log, target_log, reduction="batchmean", log_target=True)


def scst(log_probs: Tensor, rewards: Tensor, *, total: Tensor | None = None) -> Tensor:
    """Self-critical sequence training: REINFORCE on drawn sentences (Rennie et al. 2017, eq. 7).

    -mean over words of (r - b) log p(y_t | y_<t, I), where the baseline b of a sentence is the mean reward of the
    picture's other sentences (Luo 2020, eq. 5), so that no greedy sentence need be written.

    Args:
        log_probs: Shape (B, K, T), float32: of each word of a picture's K drawn sentences, K >= 2, 0 behind the end.
        rewards: Shape (B, K), float32.
        total: What the sum over words is divided by; their number without it.
    """
    others = (rewards.sum(1, keepdim=True) - rewards) / (rewards.shape[1] - 1)
    gain = (rewards - others).unsqueeze(-1)
    total = (log_probs != 0).sum() if total is None else total
    return -(gain * log_probs).sum() / total.clamp(min=1)
