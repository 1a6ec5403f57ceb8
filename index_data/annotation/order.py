"""Which photographs the review lists, and in which order: for those who need to load no more than that."""

from __future__ import annotations

from enum import StrEnum


class Order(StrEnum):
    """What comes first: what is least sure, what is oldest, by path, or what answers a query best."""

    UNCERTAINTY = "uncertainty"
    DATE = "date"
    PATH = "path"
    QUERY = "query"

    @classmethod
    def _missing_(cls, value: object) -> Order | None:
        # Settings that an earlier version saved call it so.
        return cls.UNCERTAINTY if value == "doubt" else None


class Part(StrEnum):
    """Which photographs: those that wait for a person's word, those that have one, all, or those with proposed tags."""

    WAITING = "waiting"
    REVIEWED = "reviewed"
    ALL = "all"
    TAGS = "tags"
