"""Bounds by leading axes hold for every vector, and are near where the axes tell most of a question."""

from __future__ import annotations

import numpy as np
import pytest

from index_data.vectors import leading
from index_data.vectors.leading import Array, LeadingAxes, LeadingParts


def unit(vectors: Array) -> Array:
    units: Array = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    return units


def test_no_product_exceeds_its_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leading, "COLUMNS", 9)
    monkeypatch.setattr(leading, "CHUNK", 64)
    monkeypatch.setattr(leading, "LONGEST_REST", 2.0)
    draw = np.random.default_rng(0)
    spread = np.geomspace(1, 0.01, 32).astype(np.float32)
    sentences = unit(draw.standard_normal((301, 32), np.float32) * spread)
    pictures = unit(draw.standard_normal((501, 32), np.float32))
    axes = LeadingAxes(sentences[:200])
    for vectors in (pictures, sentences, pictures[:1], sentences[:0]):
        parts, slack = LeadingParts(axes, vectors), list[float]()
        for question in sentences:
            bounds = parts.bounds(question)
            assert bounds is not None
            products = vectors.astype(np.float64) @ question.astype(np.float64)
            assert (bounds >= products).all()
            slack.extend((bounds - products).tolist())
        # More than half of a picture lies beyond the axes, but little of a sentence.
        assert 0 < np.median(slack) < 0.3 if len(vectors) else not slack


def test_of_a_question_that_lies_elsewhere_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leading, "COLUMNS", 3)
    axes = np.eye(4, dtype=np.float32)
    parts = LeadingParts(LeadingAxes(axes[[0, 0, 1]]), axes)
    assert parts.bounds(axes[2]) is None
    bounds = parts.bounds(axes[0])
    assert bounds is not None
    assert bounds.tolist() == pytest.approx([1, 0, 0, 0], abs=0.01)
