"""Lists of captions as Flickr8k has them: image name, `#`, number, tabulator, caption."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from index_data.errors import ExchangeError
from index_data.exchange.files import decoded
from index_data.exchange.notes import Noted, NotedCaption, joined

_LINE = re.compile(r"^(?P<name>[^\t]+?)#\d+\t(?P<caption>.*)$")


def from_flickr(file: Path, content: bytes) -> list[Noted]:
    """Reads lines of image name, `#`, number, tabulator, caption.

    Raises:
        ExchangeError: A line is of another form.
    """

    def pairs() -> Iterator[Noted]:
        for number, line in enumerate(decoded(file, content).splitlines(), start=1):
            found = _LINE.match(line)
            if found is None and line.strip():
                raise ExchangeError(f"{file}, line {number}: it is not of the form image#0, tabulator, caption")
            if found is not None:
                yield Noted(os.fsencode(found["name"]), (NotedCaption(found["caption"]),))

    return joined(pairs())
