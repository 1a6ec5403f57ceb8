"""Every command explains itself, and explaining costs nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence

import pytest
from typer.testing import CliRunner

from search.cli.app import app

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
    monkeypatch.setenv("TERMINAL_WIDTH", "80")
    helps = [CliRunner().invoke(app, [*name.split(), "--help"]).output for name in ("", "index", "query", "review tag")]
    for text in helps:
        assert "<bool>" not in text
        assert max(map(len, text.splitlines())) <= 80
    places = [helps[0].index(f"─ {title} ─") for title in ("Find", "Review", "Library", "Model")]
    assert places == sorted(places)


def test_the_readme_shows_every_command_but_the_demo() -> None:
    from pathlib import Path

    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    assert [name for name in COMMANDS if name != "demo" and f"imgsearch {name}" not in readme] == []


def test_help_loads_neither_torch_nor_faiss_nor_the_database() -> None:
    assert modules_after(["--help"]) & {"torch", "faiss", "sqlalchemy", "numpy", "PIL"} == set()
