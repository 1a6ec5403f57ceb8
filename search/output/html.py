"""Pages that need no other file: templates filled in, pictures inside."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

from captioning.files import write_atomically
from captioning.images import load_thumbnail
from search.errors import PageError
from search.output.printable import harmless

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


def inline_picture(path: Path) -> str:
    """A small JPEG of a picture file as a data URL.

    Raises:
        UnreadableImageError: The file is not a picture that can be decoded.
    """
    packed = io.BytesIO()
    load_thumbnail(path, side=THUMBNAIL_SIDE).save(packed, "JPEG", quality=80)
    return "data:image/jpeg;base64," + base64.b64encode(packed.getvalue()).decode()
