"""An empty library, drawn pictures and a describer, as the unit tests of `index_data` have them."""

from __future__ import annotations

from tests.unit.index_data.conftest import describer, empty_library, library, photos

__all__ = ["describer", "empty_library", "library", "photos"]
