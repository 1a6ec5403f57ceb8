"""Interrupts that Python passes over come again; other errors that it ignores are told as ever."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from search.cli.interrupts import keep_interrupts
from tests.patience import PATIENCE


class Finalized:
    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __del__(self) -> None:
        raise self.error


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """What else is told; interrupts are raised as in a program of one's own."""
    others: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", others.append)
    keep_interrupts()
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield others
    signal.signal(signal.SIGINT, former)


def test_an_interrupt_that_a_finalizer_swallowed_comes_again(told: list[Any]) -> None:
    def wait() -> None:
        Finalized(KeyboardInterrupt())
        time.sleep(PATIENCE)

    with pytest.raises(KeyboardInterrupt):
        wait()
    assert told == []


def test_other_errors_are_told_as_ever(told: list[Any]) -> None:
    Finalized(ValueError("odd"))
    assert [str(unraisable.exc_value) for unraisable in told] == ["odd"]
