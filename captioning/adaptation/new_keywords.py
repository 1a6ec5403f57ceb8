"""Fits the rows of the keyword head that are new: a regularised logistic regression for each new word.

Axis legend: B pictures, C channels, K new keywords.
"""

from __future__ import annotations

from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from captioning.adaptation.examples import Examples
from captioning.adaptation.new_words import Words
from captioning.network.model import CaptionNetwork
from captioning.vocabulary import tokenize

PENALTY = 1.0
"""Of the squared weights, beside the sum of the losses; the pooled features have about unit size each."""

BALANCE = 10.0
"""How much more an example may weigh than a counterexample."""

ITERATIONS = 200


def fit_keywords(network: CaptionNetwork, corrected: Examples, replayed: Examples, words: Words) -> None:
    """Has the annotation name new words where a person did; nothing else of the network changes."""
    if not words.new_keywords:
        return
    names = words.keywords[-words.new_keywords :]
    said = [set(tokenize(sentence)) for sentence in (*corrected.sentences, *replayed.sentences)]
    targets = torch.tensor([[float(name in sentence) for name in names] for sentence in said])
    pooled = torch.cat([corrected.kept.pooled, replayed.kept.pooled]).float()
    weight, bias = fit_logistic(pooled, targets)
    layer = cast(nn.Linear, network.keyword[1])
    with torch.no_grad():
        layer.weight[-len(names) :] = weight
        layer.bias[-len(names) :] = bias


def fit_logistic(features: Tensor, targets: Tensor, *, penalty: float = PENALTY) -> tuple[Tensor, Tensor]:
    """Fits K classifiers, whose examples weigh as much together as the counterexamples, up to `BALANCE` each.

    Args:
        features: Shape (B, 2C), float32.
        targets: Shape (B, K), 0 or 1, float32.
        penalty: Of the squared weights.

    Returns:
        Weights (K, 2C) and biases (K,), float32.
    """
    positive = targets.sum(0).clamp(min=1)
    negative = (1 - targets).sum(0).clamp(min=1)
    balance = targets * (negative / positive).clamp(max=BALANCE) + (1 - targets)
    weight = torch.zeros(targets.shape[1], features.shape[1], requires_grad=True)
    bias = torch.zeros(targets.shape[1], requires_grad=True)
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=ITERATIONS, line_search_fn="strong_wolfe")

    def objective() -> Tensor:
        optimizer.zero_grad()
        loss = F.binary_cross_entropy_with_logits(features @ weight.T + bias, targets, weight=balance, reduction="sum")
        loss = loss + penalty / 2 * weight.square().sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    with torch.enable_grad():
        optimizer.step(objective)  # type: ignore[no-untyped-call]
    return weight.detach(), bias.detach()
