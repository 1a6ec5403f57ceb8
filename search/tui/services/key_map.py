"""Keys that a person bound anew, a sentence for each mistake in them, and what the palette makes of keys."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import partial
from typing import Any

from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.dom import DOMNode
from textual.keys import KEY_NAME_REPLACEMENTS, Keys, key_to_character
from textual.screen import Screen

MODIFIERS = frozenset({"ctrl", "alt", "shift", "super", "meta", "hyper"})
_NAMED = {key.value for key in Keys if not key.value.startswith("<")} | set(KEY_NAME_REPLACEMENTS.values())


def is_key(key: str) -> bool:
    """Whether a terminal may send a key of this name: `l`, `?`, `question_mark`, `f5`, `ctrl+up`."""
    *modifiers, base = [key] if len(key) == 1 else key.split("+")
    return set(modifiers) <= MODIFIERS and (base in _NAMED or key_to_character(base) is not None)


def check_keys(keys: Mapping[str, str], parts: Iterable[type[DOMNode]]) -> tuple[dict[str, str], list[str]]:
    """Tells keys that can be bound from mistakes.

    Args:
        keys: Keys, parted by commas, by the name of what they do.
        parts: Those of the app, each with its bindings.

    Returns:
        What can be bound, and a sentence for each name or key that is wrong, and for each key that another loses.
    """
    owned = [[kind for kind in vars(part).get("BINDINGS", ()) if isinstance(kind, Binding)] for part in parts]
    names = {binding.id for bindings in owned for binding in bindings if binding.id}
    fitting: dict[str, str] = {}
    mistakes: list[str] = []
    for name, listed in keys.items():
        wrong = [key.strip() for key in listed.split(",") if not is_key(key.strip())]
        if name not in names:
            near = get_close_matches(name, names, n=1)
            hint = f"did you mean {near[0]}?" if near else "help (?) shows the names."
            mistakes.append(f"There is no {name} to give a key to; {hint}")
        elif wrong:
            mistakes.append(f'{name} cannot have the key "{wrong[0]}": there is no such key.')
        else:
            fitting[name] = listed
    return fitting, mistakes + [sentence for bindings in owned for sentence in _lost(bindings, fitting)]


def _lost(bindings: list[Binding], keys: Mapping[str, str]) -> list[str]:
    """A sentence for each key of one part that goes from one thing to another."""
    holders: dict[str, str] = {}
    sentences = []
    # Who was given keys has them, whoever had them before.
    for binding in sorted(bindings, key=lambda binding: binding.id not in keys):
        name = binding.id or ""
        for key in keys.get(name, binding.key).split(","):
            character = key_to_character(key.strip()) or key.strip()
            if holders.setdefault(character, name) != name:
                sentences.append(f"The key {character} is now {holders[character]}, and no longer {name}.")
    return sentences


def key_commands(app: App[Any], screen: Screen[Any], *, left_out: Container[str]) -> Iterator[SystemCommand]:
    """What keys do on a screen, as commands of the palette, without those of some names."""
    offered: set[str] = set()
    for node, binding, enabled, _ in screen.active_bindings.values():
        # What several keys do is offered once, and where screen and app do the same, that of the screen.
        own = binding.id and binding.id not in left_out and binding.description not in offered
        if enabled and own and binding.description:
            offered.add(binding.description)
            act = partial(app.run_action, binding.action, default_namespace=node)
            key = app.get_key_display(binding)
            yield SystemCommand(binding.description, f"{binding.tooltip or binding.description} ({key})", act)
