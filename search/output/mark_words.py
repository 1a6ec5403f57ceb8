"""How marks look to people: in few signs, or in words."""

from __future__ import annotations

from collections.abc import Mapping

from index_data.catalogue.conditions import NO_MARK, Mark


def mark_signs(marks: Mapping[Mark, str]) -> str:
    """Marks where there is little room, such as ``★4 red ♥``; legible without colours."""
    signs = {
        Mark.RATING: f"★{marks.get(Mark.RATING)}",
        Mark.LABEL: marks.get(Mark.LABEL, ""),
        Mark.PICK: {"picked": "⚑", "rejected": "✗"}.get(marks.get(Mark.PICK, ""), ""),
        Mark.FAVOURITE: "♥",
    }
    return " ".join(sign for mark, sign in signs.items() if mark in marks)


def mark_words(marks: Mapping[Mark, str]) -> str:
    """Marks in full, such as ``★★★★☆ · red · picked · favourite``."""
    words = {
        Mark.RATING: stars(marks.get(Mark.RATING, NO_MARK)),
        Mark.LABEL: marks.get(Mark.LABEL, ""),
        Mark.PICK: marks.get(Mark.PICK, ""),
        Mark.FAVOURITE: "favourite",
    }
    return " · ".join(word for mark, word in words.items() if mark in marks)


def stars(rating: str) -> str:
    """A rating as five stars, full and empty."""
    full = 0 if rating == NO_MARK else int(rating)
    return "★" * full + "☆" * (5 - full)
