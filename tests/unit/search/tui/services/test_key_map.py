"""Keys that are bound anew, and every mistake in one sentence that names it."""

from __future__ import annotations

import pytest

from search.tui.rooms import bound_parts
from search.tui.services.key_map import check_keys, is_key


@pytest.mark.parametrize("key", ["l", "?", "question_mark", "minus", "slash", "f5", "ctrl+up", "alt+x", "space", "ö"])
def test_what_a_terminal_sends_is_a_key(key: str) -> None:
    assert is_key(key)


@pytest.mark.parametrize("key", ["", "nosuch", "hyperctrl+x", "ctrl+", "ctrl+nosuch"])
def test_what_no_terminal_sends_is_none(key: str) -> None:
    assert not is_key(key)


def test_each_thing_that_a_key_does_has_one_name_of_its_own() -> None:
    from textual.binding import Binding

    parts = bound_parts()
    bindings = [binding for part in parts for binding in vars(part).get("BINDINGS", ())]
    names = [binding.id for binding in bindings if isinstance(binding, Binding) and binding.id]
    assert len(names) == len(set(names)) == len(bindings)


@pytest.mark.parametrize(
    ("keys", "fitting", "mistakes"),
    [
        ({"browse.like": "M,ctrl+k"}, {"browse.like": "M,ctrl+k"}, []),
        ({"browse.likee": "M"}, {}, ["There is no browse.likee to give a key to; did you mean browse.like?"]),
        ({"zzz": "M"}, {}, ["There is no zzz to give a key to; help (?) shows the names."]),
        ({"browse.like": "M,foo"}, {}, ['browse.like cannot have the key "foo": there is no such key.']),
        (
            {"browse.like": "t"},
            {"browse.like": "t"},
            ["The key t is now browse.like, and no longer browse.tag."],
        ),
        ({"browse.like": "t", "browse.tag": "m"}, {"browse.like": "t", "browse.tag": "m"}, []),
        ({"browse.like": "?"}, {"browse.like": "?"}, []),
    ],
)
def test_a_wrong_name_or_key_is_named_in_one_sentence(
    keys: dict[str, str], fitting: dict[str, str], mistakes: list[str]
) -> None:
    assert check_keys(keys, bound_parts()) == (fitting, mistakes)
