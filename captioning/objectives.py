"""What training minimises: each objective a pure function of tensors, by the field's name.

Axis legend: B pictures, M sentences, T words, V writable words, D joint size, K keywords.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from captioning.vocabulary import PAD


def nll(logits: Tensor, targets: Tensor, *, smoothing: float = 0.0) -> Tensor:
    """Negative log-likelihood of the next words: -mean over words of log p(y_t | y_<t, I).

    With label smoothing (Szegedy et al. 2016, section 7) the target holds 1 - smoothing on the true word and
    spreads the rest evenly over all V words.

    Args:
        logits: Shape (M, T, V).
        targets: Shape (M, T), int64; `PAD` is not counted.
        smoothing: Share spread over all words, in [0, 1).
    """
    return F.cross_entropy(logits.flatten(0, 1).float(), targets.flatten(), ignore_index=PAD, label_smoothing=smoothing)


def mmi(images: Tensor, sentences: Tensor, owner: Tensor, scale: Tensor) -> Tensor:
    """Symmetric InfoNCE, a lower bound on the mutual information of picture and sentence.

    Oord et al. 2018, eq. 4; both ways as in Radford et al. 2021, fig. 3. A picture has several positive
    sentences; its target is uniform over them (Khosla et al. 2020, eq. 2, the sum outside the logarithm).

    Args:
        images: Unit vectors (B, D).
        sentences: Unit vectors (M, D).
        owner: Shape (M,), int64: the picture of each sentence; each picture has at least one.
        scale: The inverse temperature, a scalar.
    """
    logits = scale * sentences @ images.T
    to_image = F.cross_entropy(logits, owner)
    positive = F.one_hot(owner, len(images)).T.to(logits.dtype)
    target = positive / positive.sum(1, keepdim=True)
    return (to_image + F.cross_entropy(logits.T, target)) / 2


def triplet(images: Tensor, sentences: Tensor, owner: Tensor, *, margin: float = 0.2) -> Tensor:
    """Hinge on the hardest negative of the batch, both ways (VSE++, Faghri et al. 2018, eq. 6).

    max over j of [margin - s(i, c) + s(j, c)]+ plus the same over sentences of other pictures, mean over pairs.
    Arguments as for `mmi`.
    """
    scores = sentences @ images.T
    mine = F.one_hot(owner, len(images)).bool()
    positive = scores.gather(1, owner.unsqueeze(1))
    others = scores.masked_fill(mine, float("-inf"))
    hardest_image = others.amax(1, keepdim=True)
    hardest_sentence = others.amax(0)[owner].unsqueeze(1)
    return ((margin - positive + hardest_image).relu() + (margin - positive + hardest_sentence).relu()).mean()


def keyword(logits: Tensor, targets: Tensor) -> Tensor:
    """Binary cross-entropy of the annotation's words: summed over K, mean over pictures.

    Args:
        logits: Shape (B, K).
        targets: Shape (B, K), float in [0, 1].
    """
    return F.binary_cross_entropy_with_logits(logits.float(), targets, reduction="none").sum(1).mean()


def text_teacher(sentences: Tensor, teacher: Tensor, *, temperature: float = 0.05) -> Tensor:
    """Distils which sentences are alike: KL(teacher || student) of the similarities within the batch.

    Each sentence's softmax over the others is matched, as the relational distillation of Park et al. 2019 asks
    for relations instead of coordinates, with the soft targets of Hinton et al. 2015, section 2.

    Args:
        sentences: Unit vectors (M, D).
        teacher: Unit vectors (M, any size).
        temperature: Of both softmaxes.
    """
    itself = torch.eye(len(sentences), dtype=torch.bool, device=sentences.device)
    student_log = (sentences @ sentences.T / temperature).masked_fill(itself, -1e4).log_softmax(1)
    target_log = (teacher @ teacher.T / temperature).masked_fill(itself, -1e4).log_softmax(1)
    return F.kl_div(student_log, target_log, reduction="batchmean", log_target=True)
