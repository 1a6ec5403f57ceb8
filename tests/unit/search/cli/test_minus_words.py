"""A query may begin with a minus, and options stay options."""

from __future__ import annotations

import pytest
import typer
from typer.testing import CliRunner

from search.cli.minus_words import MinusWordsCommand, joined

app = typer.Typer()


@app.command(cls=MinusWordsCommand)
def ask(words: list[str], count: int = typer.Option(1, "-k"), form: str = typer.Option("table", "-f")) -> None:
    typer.echo(f"{joined(words)}|{count}|{form}")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (["-beach dog"], "-beach dog|1|table"),
        (["-beach", "dog", "-k", "3"], "-beach dog|3|table"),
        (["-flowers", "-kitchen", "-k5", "-fjson"], "-flowers -kitchen|5|json"),
        (['-"new york" dog', "-f", "paths"], '-"new york" dog|1|paths'),
        (["-tag:holiday", "-犬"], "-tag:holiday -犬|1|table"),
        (["--", "-beach", "-k"], "-beach -k|1|table"),
        (["dog -beach"], "dog -beach|1|table"),
    ],
)
def test_exclusions_are_words(line: list[str], told: str) -> None:
    assert CliRunner().invoke(app, line).stdout.strip() == told


@pytest.mark.parametrize("line", [["dog", "--cuont"], ["dog", "-z"], ["--beach"]])
def test_an_unknown_option_is_still_told(line: list[str]) -> None:
    result = CliRunner().invoke(app, line)
    assert result.exit_code == 2
    assert "No such option" in result.stderr
