"""A film begins at its moment in a player that can; all else opens as the system has it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from search.output.external_viewer import VARIABLE, open_in_viewer


def program(folder: Path, name: str) -> None:
    """One that writes into a pipe how it was called, and waits until somebody reads."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f'#!/bin/sh\necho {name} "$@" > {folder.parent}/called\n')
    (folder / name).chmod(0o755)


@pytest.fixture
def film(tmp_path: Path) -> bytes:
    os.mkfifo(tmp_path / "called")
    (tmp_path / "film.mp4").touch()
    return bytes(tmp_path / "film.mp4")


@pytest.mark.parametrize(
    ("programs", "at", "called"),
    [
        (("mpv", "vlc", "xdg-open"), 83.5, "mpv --start=83.500 {}"),
        (("vlc", "xdg-open"), 83.5, "vlc --start-time=83.500 {}"),
        (("xdg-open",), 83.5, "xdg-open {}"),
        (("mpv", "vlc", "xdg-open"), None, "xdg-open {}"),
    ],
)
def test_the_best_program_is_taken(
    film: bytes,
    tmp_path: Path,
    programs: tuple[str, ...],
    at: float | None,
    called: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in programs:
        program(tmp_path / "bin", name)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    open_in_viewer(film, {"DISPLAY": ":0", "PATH": str(tmp_path / "bin")}, at=at)
    assert (tmp_path / "called").read_text() == called.format(os.fsdecode(film)) + "\n"


def test_whom_a_person_names_goes_before_all(film: bytes, tmp_path: Path) -> None:
    for name in ("mpv", "mine"):
        program(tmp_path / "bin", name)
    named = str(tmp_path / "bin" / "mine")
    open_in_viewer(film, {"DISPLAY": ":0", "PATH": str(tmp_path / "bin"), VARIABLE: named}, at=83.5)
    assert (tmp_path / "called").read_text() == f"mine {os.fsdecode(film)}\n"
