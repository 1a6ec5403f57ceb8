"""What is remembered survives damage, other versions and closed folders."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from search.tui.services.state import DRAFTS, REMEMBERED, State, read_state, write_state


def test_it_comes_back_as_it_was(tmp_path: Path) -> None:
    state = State(theme="nord", detail=False, query='"é" tag:x', history=["a", "b"], saved={"n": "q"})
    write_state(tmp_path / "tui.json", state)
    assert read_state(tmp_path / "tui.json") == (state, "")
    assert (tmp_path / "tui.json").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["tui.json"]


def test_a_file_of_an_earlier_version_is_understood(tmp_path: Path) -> None:
    (tmp_path / "tui.json").write_text(json.dumps({"room": "review", "query": "dog"}))
    assert read_state(tmp_path / "tui.json") == (State(mode="review", query="dog"), "")
    write_state(tmp_path / "tui.json", State(mode="status"))
    assert json.loads((tmp_path / "tui.json").read_text())["room"] == "status"


def test_without_a_file_it_is_fresh(tmp_path: Path) -> None:
    assert read_state(tmp_path / "tui.json") == (State(), "")


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[1]", b"null", b"[" * 100_000])
def test_a_damaged_file_starts_afresh_and_says_so(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "tui.json").write_bytes(content)
    state, complaint = read_state(tmp_path / "tui.json")
    assert state == State()
    assert "history and settings start afresh" in complaint


def test_invalid_values_are_left_out_alone(tmp_path: Path) -> None:
    odd = {"theme": 3, "history": ["a", 1], "detail": "yes", "saved": [], "query": "dog", "from_later": True}
    (tmp_path / "tui.json").write_text(json.dumps(odd))
    state, complaint = read_state(tmp_path / "tui.json")
    assert state == State(query="dog")
    assert complaint == "tui.json holds invalid values for detail, history, saved, theme; they were left out"


def test_a_closed_folder_raises_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        write_state(tmp_path / "none" / "tui.json", State())
    (tmp_path / "tui.json").mkdir()
    with pytest.raises(OSError, match="directory"):
        write_state(tmp_path / "tui.json", State())
    assert [path.name for path in tmp_path.iterdir()] == ["tui.json"]


def test_the_history_holds_each_query_once_and_not_for_ever() -> None:
    state = State()
    for number in range(REMEMBERED + 5):
        state.remember(f"query {number}")
    state.remember("query 100")
    state.remember("")
    assert len(state.history) == REMEMBERED
    assert state.history[-1] == "query 100"
    assert state.history.count("query 100") == 1


def test_drafts_belong_to_paths_and_are_not_kept_for_ever(tmp_path: Path) -> None:
    state = State()
    for number in range(DRAFTS + 5):
        state.keep_draft(b"/caf\xe9 %d.jpg" % number, f"begun {number}")
    state.keep_draft(b"/caf\xe9 9.jpg", "begun again")
    write_state(tmp_path / "tui.json", state)
    read, complaint = read_state(tmp_path / "tui.json")
    assert (read, complaint) == (state, "")
    assert (read.draft(b"/caf\xe9 9.jpg"), read.draft(b"/caf\xe9 4.jpg")) == ("begun again", None)
    assert len(read.drafts) == DRAFTS
    read.drop_draft(b"/caf\xe9 9.jpg")
    assert read.draft(b"/caf\xe9 9.jpg") is None
