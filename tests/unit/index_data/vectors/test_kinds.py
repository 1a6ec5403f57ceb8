from __future__ import annotations

import faiss
import pytest

from index_data.errors import IndexKindError
from index_data.vectors.kinds import EXACT_UP_TO, choose_kind


@pytest.mark.parametrize(
    ("count", "dimension", "name"),
    [
        (0, 512, "flat"),
        (EXACT_UP_TO, 512, "flat"),
        (EXACT_UP_TO + 1, 512, "ivf-sq8"),
        (1_000_000, 512, "ivf-sq8"),
        (8_000_000, 512, "ivf-sq8"),
        (10_000_000, 512, "ivf-sq4"),
        (5_000_000, 48, "ivf-sq8"),
    ],
)
def test_size_and_memory_choose(count: int, dimension: int, name: str) -> None:
    kind = choose_kind(count, dimension, {})
    assert kind.name == name
    assert faiss.index_factory(dimension, kind.factory, faiss.METRIC_INNER_PRODUCT).d == dimension
    assert kind.probes <= kind.lists
    # FAISS asks for 39 vectors a list to learn from.
    assert kind.lists * 39 <= count


def test_the_environment_overrules() -> None:
    assert choose_kind(10, 512, {"IMGSEARCH_INDEX": "ivf"}).name == "ivf"
    assert choose_kind(10**7, 512, {"IMGSEARCH_INDEX": "flat"}).name == "flat"
    with pytest.raises(IndexKindError, match=r"IMGSEARCH_INDEX is 'hnsw'; known kinds are flat, ivf"):
        choose_kind(10, 512, {"IMGSEARCH_INDEX": "hnsw"})
