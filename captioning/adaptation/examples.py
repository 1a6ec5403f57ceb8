"""What is learnt from: pictures as the backbone sees them, with sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from captioning.adaptation.kept_features import KeptFeatures


@dataclass(frozen=True, slots=True)
class Examples:
    """Pictures with a sentence each.

    Attributes:
        kept: B pictures as the backbone sees them.
        sentences: B sentences about them.
    """

    kept: KeptFeatures
    sentences: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.sentences)

    def select(self, rows: Sequence[int]) -> Examples:
        """Some of them, in this order."""
        return Examples(self.kept.select(rows), tuple(self.sentences[row] for row in rows))
