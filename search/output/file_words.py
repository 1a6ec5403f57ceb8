"""What became of photographs' files, in the words in which it is told to people."""

from __future__ import annotations

from enum import Enum

from index_data.relocation.outcome import Outcome
from search.output.printable import counted, printable


class FileAct(Enum):
    """What is done with files, by what it is called once it is done."""

    COPY = "copied"
    MOVE = "moved"
    TRASH = "moved to the trash"


def ended(act: FileAct, count: int, folder: str = "", *, noun: str = "photograph") -> str:
    """What was done, such as ``Copied 3 photographs to best``."""
    verb, _, rest = act.value.partition(" ")
    where = f" {rest}" if rest else f" to {folder}"
    return f"{verb.capitalize()} {counted(count, noun)}{where}"


def failure(act: FileAct, outcome: Outcome) -> str:
    """Why a file stays where it is, such as ``not copied: /a.jpg: No such file or directory``."""
    return f"not {act.value}: {printable(outcome.path)}: {outcome.problem}"
