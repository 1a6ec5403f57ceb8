"""The modes of the app: the screens between which the keys 1 to 6 go, each kept as it is while another is open."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mode:
    """A screen with a tab.

    Attributes:
        name: By which the app knows it.
        key: That opens it wherever no text is being typed.
        title: On its tab.
    """

    name: str
    key: str
    title: str


MODES = (
    Mode("browse", "1", "Browse"),
    Mode("review", "2", "Review"),
    Mode("folders", "3", "Folders"),
    Mode("problems", "4", "Problems"),
    Mode("status", "5", "Status"),
    Mode("settings", "6", "Settings"),
)
"""In the order of their tabs; the first is where the app opens."""

HOMES = ("browse", "review")
"""Those in which the app opens again; the others are looked into."""
