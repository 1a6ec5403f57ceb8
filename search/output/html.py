"""Pages that need no other file: templates filled in, pictures inside."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

from captioning.files import write_atomically
from search.errors import PageError
from search.output.printable import harmless
from search.output.small_picture import small_picture

THUMBNAIL_SIDE = 320


def write_page(path: Path, template: str, **values: Any) -> None:
    """Fills in a template of `search/output/templates` and writes the page.

    Raises:
        PageError: The page cannot be written there.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("search.output"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template(template).render(values)
    try:
        # What no encoding can carry, as in a path that is not UTF-8, and what turns the direction of writing becomes an
        # escape.
        write_atomically(path, harmless(page).encode("utf-8", "backslashreplace"), private=False)
    except OSError as error:
        raise PageError(f"the page {path} could not be written: {error.strerror}") from error


def inline_picture(path: Path, *, time: float | None = None) -> str:
    """A small JPEG of a picture file, or of a film at a time, as a data URL.

    Raises:
        UnreadableFileError: The file is not a picture, or not a film, that can be decoded.
    """
    packed = io.BytesIO()
    small_picture(path, side=THUMBNAIL_SIDE, time=time).save(packed, "JPEG", quality=80)
    return "data:image/jpeg;base64," + base64.b64encode(packed.getvalue()).decode()
