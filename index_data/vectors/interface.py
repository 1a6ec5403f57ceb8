"""What the engine asks of vector indexes; FAISS answers in `index` and `cache`, pgvector in `pgvector`.

Axis legend: Q questions, K hits per question, N vectors, D joint size.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from captioning.outputs import ModelIdentity

if TYPE_CHECKING:
    from index_data.catalogue import Session
    from index_data.vectors.gpu import Ids
    from index_data.vectors.leading import LeadingAxes

Transaction = Callable[[], AbstractContextManager["Session"]]
"""Opens a transaction on the catalogue."""


class Index(Protocol):
    """Vectors of one kind by one model. What only an index that compares all can tell is none of others."""

    @property
    def compares_all(self) -> bool:
        """Whether a question is compared with every vector."""
        ...

    @property
    def rounding(self) -> float:
        """By how much the product of a vector that was not named may exceed the least of those that were."""
        ...

    @property
    def gives_products(self) -> bool:
        """Whether the scores of a search are the very products that `products_of` gives."""
        ...

    def __len__(self) -> int: ...

    def ids(self) -> NDArray[np.int64]:
        """The ids (N,), int64, of all vectors, in no order."""
        ...

    def search(
        self, questions: NDArray[np.float32], count: int, *, allowed: Ids | None = None, ordered: bool = True
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Finds the best `count` vectors for each question (Q, D), float32, among all or among `allowed` ids.

        Those that are allowed must be ids of vectors that may be found.

        Returns:
            Scores (Q, K), float32, falling unless they need not be `ordered`, and ids (Q, K), int64. K is at most
            `count` and at least what is found for any question; where fewer are, the id is -1 and the score the
            lowest float.
        """
        ...

    def products(self, question: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float32]] | None:
        """Ids (N,), int64, rising, and the products (N,), float32, of their vectors with a question (D,), float32."""
        ...

    def bounds(
        self, question: NDArray[np.float32], axes: LeadingAxes
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]] | None:
        """Ids (N,), int64, rising, and what their products with a unit vector (D,), float32, do not exceed (N,)."""
        ...

    def vectors(self, ids: NDArray[np.int64]) -> NDArray[np.float32] | None:
        """The vectors (any, D), float32, of ids (any,), int64, that it holds."""
        ...

    def products_of(self, ids: NDArray[np.int64], question: NDArray[np.float32]) -> NDArray[np.float32] | None:
        """The products (any,), float32, of `vectors` with a question (D,), float32."""
        ...


class Indexes(Protocol):
    """The vector indexes of a library, each of which fits the catalogue whenever it is asked for."""

    def image(self, model: ModelIdentity, session: Session | None = None) -> Index:
        """The index of a model's image vectors, by image number, as a session sees them; without one, as they are."""
        ...

    def caption(self, model: ModelIdentity, session: Session | None = None) -> Index:
        """The index of a model's caption vectors, by caption number, likewise."""
        ...

    def save(self, model: ModelIdentity) -> None:
        """Brings both up to date, so that the next question need not; only the one writer asks for it."""
        ...

    def forget(self) -> None:
        """Removes every index; each is made anew when it is next asked, or by `save`."""
        ...

    def close(self) -> None:
        """Lets go of whatever searches."""
        ...

    def kind(self, count: int, dimension: int) -> str:
        """How so many vectors of a size are searched."""
        ...
