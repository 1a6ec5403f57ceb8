"""Lists as Flickr8k has them: image name, `#`, number, tabulator, caption."""

from __future__ import annotations

import os
import re
from pathlib import Path

from index_data.exchange.files import decoded
from index_data.exchange.notes import FileRead, Noted, joined
from index_data.exchange.source import Source, UndecodableError

_LINE = re.compile(r"(?P<name>[^\t]+?)#\d+\t(?P<caption>.*)", re.DOTALL)


def from_flickr(file: Path, content: bytes) -> FileRead:
    """Reads such lines.

    Raises:
        ExchangeError: It is no text, or no line is of this form.
    """
    source = Source(file)
    source.speak()
    # Lines end as files' lines do; other characters that part lines may stand within a caption.
    for number, line in enumerate(re.split(r"\r\n|\n|\r", decoded(file, content)), start=1):
        parts = _LINE.fullmatch(line)
        if parts is not None:
            try:
                caption = source.caption(parts["caption"].strip(), {})
                source.take(Noted(os.fsencode(parts["name"]), (caption,) if caption else ()))
            except UndecodableError as error:
                source.pass_over(f"line {number}", str(error))
        elif line.strip():
            source.pass_over(f"line {number}", "it is not of the form image#0, tabulator, caption")
    return joined(source.read())
