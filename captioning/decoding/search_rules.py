"""The numbers of a beam search, whatever it runs on."""

from __future__ import annotations

from typing import Final

LENGTH_PENALTY: Final = 0.7
"""The power of a sentence's length that its log-probability is divided by (Wu et al. 2016, eq. 14)."""

MAX_LENGTH: Final = 20
"""The largest number of words."""
