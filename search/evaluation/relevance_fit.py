"""Fits what makes probabilities of a model's scores to queries whose answers are known.

Axis legend: N photographs, Q queries, F features, R rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from captioning.text.numpy_text_encoder import NumpyTextEncoder
from search.engine.encoded_query import read_terms
from search.engine.features import Photographs, weigh
from search.engine.relevance import Relevance, RelevanceFeatures, probability
from search.evaluation.judgements import RelevanceJudgements
from search.evaluation.temporary_library import captioned

HUBNESS_WEIGHTS = (0.0, 0.25, 0.5, 0.75)
"""Shares of a picture's hubness that are tried."""

NEAREST, FARTHER = 60, 40
"""Of each query, how many of the likeliest photographs are learnt from, and how many of the others stand for all."""

SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
"""Shares of the best probability that are tried as cut-off."""

PATH_WEIGHT = 3.0
"""Log-odds where folder and file name say all words: about what a person's caption that says them adds."""

RIDGE = 1e-3
"""Of the squared weights of standardised columns, against columns that say the same."""

Array = NDArray[np.float32]


@dataclass(frozen=True)
class JudgedFeatures:
    """The features of all photographs for one query, and which of them are relevant (N,), bool."""

    features: RelevanceFeatures
    relevant: NDArray[np.bool_]


def fit(
    start: Relevance,
    reader: NumpyTextEncoder,
    photographs: Photographs,
    captions: Sequence[Sequence[str]],
    queries: RelevanceJudgements,
    generator: np.random.Generator,
) -> Relevance:
    """Fits the weight of hubness, weights and cut-offs, one after the other, to queries whose answers are known."""
    vectors = reader.encode_text(queries.texts)
    hubness_weight = _hubness_weight(photographs, vectors, queries)
    start = replace(start, hubness_weight=hubness_weight, path_weight=PATH_WEIGHT)
    words = [read_terms(text, reader) for text in queries.texts]
    stored = captioned(photographs, reader, captions)
    judged: list[JudgedFeatures] = []
    for row, (text, vector) in enumerate(zip(queries.texts, vectors, strict=True)):
        judged.append(JudgedFeatures(weigh(photographs, vector, words[row], start), queries.relevant[row]))
        # Nobody asks in the very words of the caption.
        author = int(queries.author[row])
        if author < 0 or text != captions[author][0]:
            judged.append(JudgedFeatures(weigh(stored, vector, words[row], start), queries.relevant[row]))
    samples = [_sample(query, generator) for query in judged]
    fitted = replace(start, order=_order(judged, samples), strength=_strength(judged, samples))
    return _cut_offs(replace(fitted, scale=_scale(fitted, judged, samples)), judged)


def _hubness_weight(photographs: Photographs, vectors: Array, queries: RelevanceJudgements) -> float:
    """The share of hubness with which the most sentences find their own photograph among the first ten."""
    rows = np.flatnonzero(queries.author >= 0)
    similarity = vectors[rows] @ photographs.vectors.T
    own = queries.author[rows]

    def found(share: float) -> float:
        scores = similarity - share * photographs.hubness
        ranks = (scores > scores[np.arange(len(rows)), own][:, None]).sum(1)
        return float(sum((ranks < k).mean() for k in (1, 5, 10)))

    return max(HUBNESS_WEIGHTS, key=found)


@dataclass(frozen=True)
class _Sample:
    """The photographs of one query that are learnt from: rows (R,), and how many each stands for (R,)."""

    rows: NDArray[np.int64]
    weights: NDArray[np.float64]


def _sample(judged: JudgedFeatures, generator: np.random.Generator) -> _Sample:
    likeliest = np.argsort(-judged.features.similarity, kind="stable")[:NEAREST]
    near = np.union1d(likeliest, np.flatnonzero(judged.relevant))
    others = np.setdiff1d(np.arange(len(judged.relevant)), near)
    far = generator.permutation(others)[:FARTHER]
    weights = np.concatenate([np.ones(len(near)), np.full(len(far), len(others) / max(1, len(far)))])
    return _Sample(np.concatenate([near, far]), weights)


def _table(features: RelevanceFeatures) -> NDArray[np.float64]:
    """The columns of the features (N, F)."""
    return np.stack(list(features.columns().values()), 1).astype(np.float64)


def _order(judged: Sequence[JudgedFeatures], samples: Sequence[_Sample]) -> dict[str, float]:
    """Weights by which relevant photographs come first: the cross-entropy of a softmax over those of each query.

    Cao et al., "Learning to Rank: From Pairwise Approach to Listwise Approach" (2007), with all relevant photographs
    as targets.
    """
    import torch

    answered = [(query, sample) for query, sample in zip(judged, samples, strict=True) if query.relevant.any()]
    most_rows = max(len(sample.rows) for _, sample in answered)
    names = list(judged[0].features.columns())
    tables = torch.zeros(len(answered), most_rows, len(names), dtype=torch.float64)
    log_counts = torch.full((len(answered), most_rows), -torch.inf, dtype=torch.float64)
    targets = log_counts.clone()
    for number, (query, sample) in enumerate(answered):
        size = len(sample.rows)
        tables[number, :size] = torch.from_numpy(_table(query.features)[sample.rows])
        log_counts[number, :size] = torch.from_numpy(np.log(sample.weights))
        targets[number, :size][torch.from_numpy(query.relevant[sample.rows])] = 0.0
    spread = tables[torch.isfinite(log_counts)].std(0) + 1e-9
    tables /= spread
    slope = torch.zeros(len(names), dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([slope], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> float:
        optimizer.zero_grad()
        scores = tables @ slope
        entropy = torch.logsumexp(scores + log_counts, 1) - torch.logsumexp(scores + targets, 1)
        total = entropy.mean() + RIDGE * slope.square().sum()
        total.backward()  # type: ignore[no-untyped-call]
        return float(total.detach())

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    return dict(zip(names, (slope.detach() / spread).tolist(), strict=True))


def _strength(judged: Sequence[JudgedFeatures], samples: Sequence[_Sample]) -> dict[str, float]:
    """Weights, bias and that of the length by which a photograph is relevant, whatever the query."""
    names = [*judged[0].features.columns(), "length"]
    tables = [
        np.column_stack([_table(query.features)[sample.rows], np.full(len(sample.rows), np.log(query.features.words))])
        for query, sample in zip(judged, samples, strict=True)
    ]
    return _logistic_of(names, tables, judged, samples)


def _scale(relevance: Relevance, judged: Sequence[JudgedFeatures], samples: Sequence[_Sample]) -> dict[str, float]:
    """Weights that make log-odds of the order of photographs and the strength of the best."""
    names = ["order", "length", "order_by_length", "kept", "kept_by_length", "best", "best_by_length"]
    # Each weight alone gives its own column.
    zero = dict.fromkeys(("bias", *names), 0.0)
    probes = [replace(relevance, scale={**zero, name: 1.0}, path_weight=0.0) for name in names]
    tables = [
        np.stack([probe.log_odds(query.features)[sample.rows] for probe in probes], 1).astype(np.float64)
        for query, sample in zip(judged, samples, strict=True)
    ]
    return _logistic_of(names, tables, judged, samples)


def _logistic_of(
    names: Sequence[str],
    tables: Sequence[NDArray[np.float64]],
    judged: Sequence[JudgedFeatures],
    samples: Sequence[_Sample],
) -> dict[str, float]:
    outcomes = [query.relevant[sample.rows] for query, sample in zip(judged, samples, strict=True)]
    bias, weights = logistic(
        np.concatenate(tables),
        np.concatenate(outcomes).astype(np.float64),
        np.concatenate([sample.weights for sample in samples]),
    )
    return {"bias": bias, **dict(zip(names, weights.tolist(), strict=True))}


def logistic(
    features: NDArray[np.float64], outcomes: NDArray[np.float64], weights: NDArray[np.float64], *, steps: int = 30
) -> tuple[float, NDArray[np.float64]]:
    """Logistic regression by Newton's method (iteratively reweighted least squares) with a small ridge.

    Args:
        features: Shape (R, F), float64.
        outcomes: Shape (R,), float64, 0 or 1.
        weights: Shape (R,), float64: how many rows each stands for.
        steps: Newton steps at most.

    Returns:
        The bias, and the weights of the columns (F,), float64, as they are, not standardised.
    """
    mean = np.average(features, axis=0, weights=weights)
    spread = np.sqrt(np.average((features - mean) ** 2, axis=0, weights=weights)) + 1e-9
    table = np.column_stack([np.ones(len(features)), (features - mean) / spread])
    total = weights.sum()
    ridge = RIDGE * np.eye(table.shape[1])
    ridge[0, 0] = 0.0
    slope = np.zeros(table.shape[1])
    for _ in range(steps):
        expected = 1 / (1 + np.exp(-np.clip(table @ slope, -30, 30)))
        gradient = table.T @ (weights * (outcomes - expected)) / total - ridge @ slope
        curvature = (table * (weights * expected * (1 - expected))[:, None]).T @ table / total + ridge
        step = np.linalg.solve(curvature + 1e-9 * np.eye(len(slope)), gradient)
        slope += step
        if float(np.abs(step).max()) < 1e-6:
            break
    columns = slope[1:] / spread
    return float(slope[0] - columns @ mean), columns


def _cut_offs(relevance: Relevance, judged: Sequence[JudgedFeatures]) -> Relevance:
    """Chooses where photographs no longer answer.

    The lowest probability tells best between queries that something answers and others (Youden's index); the share of
    the best one's gives the highest F1 among queries that something answers.
    """
    probabilities = [probability(relevance.log_odds(query.features)) for query in judged]
    best = np.array([float(chances.max()) for chances in probabilities])
    answered = np.array([bool(query.relevant.any()) for query in judged])
    tried = np.linspace(0.02, 0.5, 49)
    index = [float((best[answered] >= at).mean() - (best[~answered] >= at).mean()) for at in tried]
    least = float(tried[int(np.argmax(index))])

    def f1(share: float) -> float:
        right = shown = relevant = 0
        for query, chances, top in zip(judged, probabilities, best, strict=True):
            taken = chances >= max(least, share * top)
            right += int((taken & query.relevant).sum())
            shown += int(taken.sum())
            relevant += int(query.relevant.sum())
        return 2 * right / max(1, shown + relevant)

    share = max(SHARES, key=f1)
    card = {
        "queries": len(judged),
        "photographs": len(judged[0].relevant),
        "answered_and_something_shown": float((best[answered] >= least).mean()),
        "unanswered_and_nothing_shown": float((best[~answered] < least).mean()),
        "f1": f1(share),
    }
    return replace(relevance, least=least, share=share, card=card)
