"""Fits what makes probabilities of a model's scores, on captions that people wrote of validation pictures.

Axis legend: N photographs, Q queries, F columns of evidence, R rows.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from captioning.lazy_captioner import LazyCaptioner
from captioning.model_file import read_model_file
from captioning.runtime.devices import CPU, Device
from captioning.text.numpy_text_encoder import NumpyTextEncoder
from captioning.text.out_of_vocabulary import Substitute
from captioning.training.datasets import read_captions, select_split
from index_data.library import Library
from index_data.scan.events import Event
from index_data.scan.pipeline import index_folders
from search.engine.document_terms import QueryTerm, query_terms, stems_of
from search.engine.features import Photographs, weigh
from search.engine.relevance import Relevance, RelevanceFeatures, probability, write_relevance
from search.evaluation.judgements import RelevanceJudgements, make_judgements
from search.evaluation.temporary_library import link_pictures, photographs_by_picture

BANK = 2_000
"""Sentences of the bank."""

EACH = 1_500
"""Queries of each kind."""

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


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What was fitted, and the file that it was written to."""

    relevance: Relevance
    file: Path


@dataclass(frozen=True)
class _Asked:
    """One query against all photographs: its evidence, and which are relevant (N,), bool."""

    evidence: RelevanceFeatures
    relevant: NDArray[np.bool_]


def calibrate(
    data: Sequence[Path],
    *,
    split: str,
    model: Path | None,
    sentences: Sequence[str],
    seed: int = 0,
    device: Device = CPU,
) -> Iterator[Event | Calibrated]:
    """Describes the pictures of a split, fits, and writes what was fitted beside the model file.

    Half of the questions are asked of photographs that a person captioned: the first caption of every picture then is
    the person's, and the others are asked.

    Args:
        data: Collections of captioned pictures.
        split: Which part of them; the one to choose by, never the one to report on.
        model: The model file, the shipped one without.
        sentences: More sentences of all kinds, for the bank beside those of the training split.
        seed: Draws queries and sentences.
        device: Where the network runs.

    Raises:
        CaptionsFileError: A captions file is missing or malformed, or the split is empty.
        ModelFileError: The model file is missing, damaged, or of another version.
        EvaluationError: A picture has no caption, two are the same, or one cannot be decoded.
        ConfigurationError: The packages of the extra `train` are not installed.
        OSError: What was fitted cannot be written.
    """
    file = read_model_file(model)
    collections = [read_captions(source) for source in data]
    pictures = [picture for collection in collections for picture in select_split(collection, split)]
    others = [text for some in collections for one in some if one.split == "train" for text in one.captions]
    generator = np.random.default_rng(seed)
    reader = NumpyTextEncoder(file)
    bank = _draw(others, BANK if not sentences else BANK // 2, generator) + _draw(sentences, BANK // 2, generator)
    start = Relevance(
        reader.identity.id, reader.encode_text(bank).astype(np.float16), 0.0, {}, {}, {}, 0.0, 0.0, 0.0, {}
    )
    describer = LazyCaptioner.open(model, device=device)
    with tempfile.TemporaryDirectory(prefix="imgsearch-calibrate-") as scratch:
        link_pictures(pictures, Path(scratch) / "pictures")
        with Library.open(Path(scratch) / "library", create=True) as library:
            yield from index_folders(library, [Path(scratch) / "pictures"], describer, batch=device.batch)
            photographs = photographs_by_picture(library, pictures, start)
    queries = make_judgements([one.captions for one in pictures], others=bank, each=EACH, generator=generator)
    relevance = fit(start, reader, photographs, [one.captions for one in pictures], queries, generator)
    card = {"data": [source.name for source in data], "split": split, "seed": seed, **relevance.card}
    relevance = replace(relevance, card=card)
    write_relevance(relevance, file.path)
    yield Calibrated(relevance, file.path)


def _draw(sentences: Sequence[str], count: int, generator: np.random.Generator) -> list[str]:
    return [sentences[at] for at in generator.permutation(len(sentences))[:count]]


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
    words = [read_terms(reader, text) for text in queries.texts]
    stored = captioned(photographs, reader, captions)
    asked: list[_Asked] = []
    for row, (text, vector) in enumerate(zip(queries.texts, vectors, strict=True)):
        asked.append(_Asked(weigh(photographs, vector, words[row], start), queries.relevant[row]))
        # Nobody asks in the very words of the caption.
        author = int(queries.author[row])
        if author < 0 or text != captions[author][0]:
            asked.append(_Asked(weigh(stored, vector, words[row], start), queries.relevant[row]))
    samples = [_sample(one, generator) for one in asked]
    fitted = replace(start, order=_order(asked, samples), strength=_strength(asked, samples))
    return _cut_offs(replace(fitted, scale=_scale(fitted, asked, samples)), asked)


def read_terms(reader: NumpyTextEncoder, text: str) -> tuple[QueryTerm, ...]:
    """The words of a text that say something, as a query's are read."""
    substitutes: dict[str, Substitute | None] = reader.substitutes(text)
    return query_terms([(text, 1.0)], reader.vocabulary, substitutes)


def _hubness_weight(photographs: Photographs, vectors: Array, queries: RelevanceJudgements) -> float:
    """The share of hubness with which the most sentences find their own photograph among the first ten."""
    rows = np.flatnonzero(queries.author >= 0)
    likeness = vectors[rows] @ photographs.vectors.T
    own = queries.author[rows]

    def found(share: float) -> float:
        scores = likeness - share * photographs.hubness
        ranks = (scores > scores[np.arange(len(rows)), own][:, None]).sum(1)
        return float(sum((ranks < k).mean() for k in (1, 5, 10)))

    return max(HUBNESS_WEIGHTS, key=found)


def captioned(photographs: Photographs, reader: NumpyTextEncoder, captions: Sequence[Sequence[str]]) -> Photographs:
    """The photographs as if a person had written the first caption of each."""
    first = [some[0] for some in captions]
    terms = [
        replace(document, proposed=frozenset(), confirmed=stems_of([text]))
        for document, text in zip(photographs.terms, first, strict=True)
    ]
    return replace(photographs, terms=terms, confirmed=list(reader.encode_text(first)[:, None]))


@dataclass(frozen=True)
class _Sample:
    """The photographs of one query that are learnt from: rows (R,), and how many each stands for (R,)."""

    rows: NDArray[np.int64]
    weights: NDArray[np.float64]


def _sample(asked: _Asked, generator: np.random.Generator) -> _Sample:
    likeliest = np.argsort(-asked.evidence.similarity, kind="stable")[:NEAREST]
    near = np.union1d(likeliest, np.flatnonzero(asked.relevant))
    others = np.setdiff1d(np.arange(len(asked.relevant)), near)
    far = generator.permutation(others)[:FARTHER]
    weights = np.concatenate([np.ones(len(near)), np.full(len(far), len(others) / max(1, len(far)))])
    return _Sample(np.concatenate([near, far]), weights)


def _table(evidence: RelevanceFeatures) -> NDArray[np.float64]:
    """The columns of evidence (N, F)."""
    return np.stack(list(evidence.columns().values()), 1).astype(np.float64)


def _order(asked: Sequence[_Asked], samples: Sequence[_Sample]) -> dict[str, float]:
    """Weights by which relevant photographs come first: the cross-entropy of a softmax over those of each query.

    Cao et al., "Learning to Rank: From Pairwise Approach to Listwise Approach" (2007), with all relevant photographs
    as targets.
    """
    import torch

    answered = [(one, sample) for one, sample in zip(asked, samples, strict=True) if one.relevant.any()]
    longest = max(len(sample.rows) for _, sample in answered)
    names = list(asked[0].evidence.columns())
    tables = torch.zeros(len(answered), longest, len(names), dtype=torch.float64)
    stands = torch.full((len(answered), longest), -torch.inf, dtype=torch.float64)
    targets = stands.clone()
    for number, (one, sample) in enumerate(answered):
        size = len(sample.rows)
        tables[number, :size] = torch.from_numpy(_table(one.evidence)[sample.rows])
        stands[number, :size] = torch.from_numpy(np.log(sample.weights))
        targets[number, :size][torch.from_numpy(one.relevant[sample.rows])] = 0.0
    spread = tables[torch.isfinite(stands)].std(0) + 1e-9
    tables /= spread
    slope = torch.zeros(len(names), dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([slope], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> float:
        optimizer.zero_grad()
        scores = tables @ slope
        entropy = torch.logsumexp(scores + stands, 1) - torch.logsumexp(scores + targets, 1)
        total = entropy.mean() + RIDGE * slope.square().sum()
        total.backward()  # type: ignore[no-untyped-call]
        return float(total.detach())

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    return dict(zip(names, (slope.detach() / spread).tolist(), strict=True))


def _strength(asked: Sequence[_Asked], samples: Sequence[_Sample]) -> dict[str, float]:
    """Weights, bias and that of the length by which a photograph is relevant, whatever the query."""
    names = [*asked[0].evidence.columns(), "length"]
    tables = [
        np.column_stack([_table(one.evidence)[sample.rows], np.full(len(sample.rows), np.log(one.evidence.words))])
        for one, sample in zip(asked, samples, strict=True)
    ]
    return _logistic_of(names, tables, asked, samples)


def _scale(relevance: Relevance, asked: Sequence[_Asked], samples: Sequence[_Sample]) -> dict[str, float]:
    """Weights that make log-odds of the order of photographs and the strength of the best; see `Relevance.log_odds`."""
    names = ["order", "length", "order_by_length", "kept", "kept_by_length", "best", "best_by_length"]
    # Each weight alone gives its own column.
    zero = dict.fromkeys(("bias", *names), 0.0)
    probes = [replace(relevance, scale={**zero, name: 1.0}, path_weight=0.0) for name in names]
    tables = [
        np.stack([probe.log_odds(one.evidence)[sample.rows] for probe in probes], 1).astype(np.float64)
        for one, sample in zip(asked, samples, strict=True)
    ]
    return _logistic_of(names, tables, asked, samples)


def _logistic_of(
    names: Sequence[str],
    tables: Sequence[NDArray[np.float64]],
    asked: Sequence[_Asked],
    samples: Sequence[_Sample],
) -> dict[str, float]:
    outcomes = [one.relevant[sample.rows] for one, sample in zip(asked, samples, strict=True)]
    bias, weights = logistic(
        np.concatenate(tables),
        np.concatenate(outcomes).astype(np.float64),
        np.concatenate([sample.weights for sample in samples]),
    )
    return {"bias": bias, **dict(zip(names, weights.tolist(), strict=True))}


def logistic(
    evidence: NDArray[np.float64], outcomes: NDArray[np.float64], weights: NDArray[np.float64], *, steps: int = 30
) -> tuple[float, NDArray[np.float64]]:
    """Logistic regression by Newton's method (iteratively reweighted least squares) with a small ridge.

    Args:
        evidence: Shape (R, F).
        outcomes: Shape (R,), 0 or 1.
        weights: Shape (R,): how many rows each stands for.
        steps: Newton steps at most.

    Returns:
        The bias, and the weights of the columns (F,), as they are, not standardised.
    """
    mean = np.average(evidence, axis=0, weights=weights)
    spread = np.sqrt(np.average((evidence - mean) ** 2, axis=0, weights=weights)) + 1e-9
    table = np.column_stack([np.ones(len(evidence)), (evidence - mean) / spread])
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


def _cut_offs(relevance: Relevance, asked: Sequence[_Asked]) -> Relevance:
    """Chooses where photographs no longer answer.

    The lowest probability tells best between queries that something answers and others (Youden's index); the share of
    the best one's gives the highest F1 among queries that something answers.
    """
    likely = [probability(relevance.log_odds(one.evidence)) for one in asked]
    best = np.array([float(one.max()) for one in likely])
    answered = np.array([bool(one.relevant.any()) for one in asked])
    tried = np.linspace(0.02, 0.5, 49)
    index = [float((best[answered] >= at).mean() - (best[~answered] >= at).mean()) for at in tried]
    least = float(tried[int(np.argmax(index))])

    def f1(share: float) -> float:
        right = shown = wanted = 0
        for one, chances, top in zip(asked, likely, best, strict=True):
            taken = chances >= max(least, share * top)
            right += int((taken & one.relevant).sum())
            shown += int(taken.sum())
            wanted += int(one.relevant.sum())
        return 2 * right / max(1, shown + wanted)

    share = max(SHARES, key=f1)
    card = {
        "queries": len(asked),
        "photographs": len(asked[0].relevant),
        "answered_and_something_shown": float((best[answered] >= least).mean()),
        "unanswered_and_nothing_shown": float((best[~answered] < least).mean()),
        "f1": f1(share),
    }
    return replace(relevance, least=least, share=share, card=card)
