"""Keeps what decoders say about a file away from the standard error stream and so from the browser's screen."""

from __future__ import annotations

import ctypes
import logging

_LIBTIFF_HANDLERS = (
    "TIFFSetErrorHandler",
    "TIFFSetWarningHandler",
    "TIFFSetErrorHandlerExt",
    "TIFFSetWarningHandlerExt",
)


def hush_libraries() -> None:
    """Silences libtiff, which writes to file descriptor 2 by itself, and what Pillow logs."""
    from PIL import _imaging

    try:
        # What is found in a library is also found in those that it was linked with, here Pillow's own libtiff.
        library = ctypes.CDLL(_imaging.__file__)
        for name in _LIBTIFF_HANDLERS:
            handler = getattr(library, name)
            handler.argtypes, handler.restype = [ctypes.c_void_p], ctypes.c_void_p
            handler(None)
    except (OSError, AttributeError):  # linked in such a way that nobody else reaches it
        pass
    for name in ("PIL", "pillow_heif"):
        logger = logging.getLogger(name)
        # Python prints warnings of loggers that nobody listens to.
        logger.addHandler(logging.NullHandler())
        logger.propagate = False
