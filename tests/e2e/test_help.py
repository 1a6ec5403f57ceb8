"""Every command explains itself, and explaining costs nothing."""

from __future__ import annotations

import json
import re
import runpy
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from search.cli.app import app, app_of
from search.cli.exit_codes import MEANINGS
from tests.e2e.conftest import get_command

ROOT = Path(__file__).parents[2]
REQUESTS = {".TH", ".SH", ".SS", ".PP", ".TP", ".B", ".RS", ".RE"}

COMMANDS = {
    command.name or command.callback.__name__: command for command in app.registered_commands if command.callback
}
COMMANDS |= {
    f"{group.name or group.typer_instance.info.name} {command.name or command.callback.__name__}": command
    for group in app.registered_groups
    if group.typer_instance
    for command in group.typer_instance.registered_commands
    if command.callback
}
PROBE = """
import json, sys
from search.cli import main
for arguments in json.loads(sys.argv[1]):
    sys.argv = ["imgsearch", *arguments]
    try:
        main()
    except SystemExit:
        pass
print(sorted(sys.modules))
"""


def modules_after(*commands: Sequence[str], environment: dict[str, str] | None = None) -> set[str]:
    """The modules that a process has loaded when its commands have ended."""
    probe = [sys.executable, "-c", PROBE, json.dumps(commands)]
    done = subprocess.run(probe, capture_output=True, check=True, env=environment)
    loaded: list[str] = eval(done.stdout.decode().splitlines()[-1])
    return set(loaded)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_an_example(name: str) -> None:
    callback = COMMANDS[name].callback
    assert callback is not None
    assert callback.__doc__ is not None
    assert f"Example: imgsearch {name}" in callback.__doc__


def test_help_is_grouped_fits_and_names_no_type_of_a_flag(monkeypatch: pytest.MonkeyPatch) -> None:
    # Not by the environment, which is read when Typer's module is first imported, and then holds for all tests.
    monkeypatch.setattr("typer.rich_utils.MAX_WIDTH", 80)
    monkeypatch.setattr("typer.testing._get_command", get_command)
    helps = [CliRunner().invoke(app, [*name.split(), "--help"]).output for name in ("", "review", "folders", *COMMANDS)]
    for text in helps:
        assert re.search(r"<\w+", text) is None
        assert max(map(len, text.splitlines())) <= 80
    # Each command is told in one line.
    told = helps[0].partition("─ Find ─")[2].count("\n│ ")
    assert told == len(app.registered_commands) + len(app.registered_groups)
    places = [helps[0].index(f"─ {title} ─") for title in ("Find", "Review", "Library", "Model")]
    assert places == sorted(places)


def test_a_command_made_alone_is_what_it_is_among_all_and_a_slip_is_still_told_of() -> None:
    for words in (["query", "--help"], ["import", "--help"], ["albums", "add", "--help"]):
        alone = app_of(words[0])
        assert len(alone.registered_commands) + len(alone.registered_groups) == 1
        assert CliRunner().invoke(alone, words).output == CliRunner().invoke(app, words).output
    for words in (["quer", "dog"], ["--help"], []):
        assert app_of("".join(words[:1])) is app
    assert "Did you mean 'query'?" in CliRunner().invoke(app, ["quer", "dog"]).output


def test_a_short_option_means_one_thing_in_all_commands() -> None:
    meanings: dict[str, set[str]] = defaultdict(set)
    for _, command in _all_commands(typer.main.get_command(app)):
        for param in command.params:
            for option in param.opts:
                if re.fullmatch("-[a-z]", option):
                    meanings[option] |= {name for name in param.opts if name.startswith("--")}
    assert {option: len(names) for option, names in meanings.items()} == dict.fromkeys(meanings, 1)
    assert {"-k", "-f", "-l", "-n", "-q", "-v", "-x"} <= meanings.keys()


def _all_commands(command: Any, name: str = "imgsearch") -> Iterator[tuple[str, Any]]:
    yield name, command
    for inner, child in getattr(command, "commands", {}).items():
        yield from _all_commands(child, f"{name} {inner}")


def test_the_manual_tells_every_command_option_and_exit_code() -> None:
    text = runpy.run_path(str(ROOT / "scripts" / "manual.py"))["manual"]()
    read = text.replace(r"\-", "-").replace(r"\(dq", '"').replace(r"\(aq", "'")
    for name, command in _all_commands(typer.main.get_command(app)):
        assert name == "imgsearch" or f".SS {name}" in read
        for param in command.params:
            assert all(re.search(rf"^\.B .*{option}\b", read, re.MULTILINE) for option in param.opts if "-" in option)
    assert all(f".B {int(code)}\n{meaning}" in read for code, meaning in MEANINGS.items())
    assert '.B imgsearch query "a dog on a beach" after:2023 -k 5' in read
    # No line that is not meant so begins as a request does.
    assert {line[:3].strip() for line in text.splitlines() if line[0] in ".'"} <= REQUESTS
    assert "make manual" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_readme_shows_every_command_but_the_demo() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in COMMANDS if name != "demo" and f"imgsearch {name}" not in readme] == []


def test_help_loads_neither_torch_nor_faiss_nor_the_database() -> None:
    assert modules_after(["--help"]) & {"torch", "faiss", "sqlalchemy", "numpy", "PIL"} == set()
