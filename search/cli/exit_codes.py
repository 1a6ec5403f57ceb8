"""The exit codes of every command, one list for scripts to rely on."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What a command's exit status says; 2 is the usual code of a command line that was not understood."""

    OK = 0
    FAILED = 1
    """Something went wrong that is none of the below."""
    USAGE = 2
    NOTHING_FOUND = 3
    """The question was understood, and nothing answers it."""
    SET_ASIDE = 4
    """Done, except for files that could not be read; they are listed on stderr."""
    LIBRARY = 5
    """The library is missing, locked, damaged, or made by another version."""
    MODEL = 6
    """The model file is missing, damaged, or not the one the library was made with."""
    INTERRUPTED = 130


def known_errors() -> list[tuple[type[Exception], ExitCode]]:
    """The errors that a command may end with, the special ones first; everything else is a bug and shows as one."""
    from captioning.errors import CaptioningError, ConfigurationError, DeviceError, ModelFileError
    from index_data.errors import (
        ExchangeError,
        FolderError,
        LibraryError,
        NothingToUndoError,
        NoWordsError,
        ReplacementError,
        SettingsError,
        UnknownPhotographError,
        VectorSearchError,
    )
    from search.errors import (
        CursorError,
        EmptyQueryError,
        ModelMismatchError,
        QuerySyntaxError,
        RankError,
        SearchError,
        UnknownWordsError,
    )

    return [
        (ConfigurationError, ExitCode.USAGE),
        (DeviceError, ExitCode.USAGE),
        (EmptyQueryError, ExitCode.USAGE),
        (QuerySyntaxError, ExitCode.USAGE),
        (CursorError, ExitCode.USAGE),
        (RankError, ExitCode.USAGE),
        (FolderError, ExitCode.USAGE),
        (NoWordsError, ExitCode.USAGE),
        (ReplacementError, ExitCode.USAGE),
        (SettingsError, ExitCode.USAGE),
        (UnknownWordsError, ExitCode.NOTHING_FOUND),
        (UnknownPhotographError, ExitCode.NOTHING_FOUND),
        (NothingToUndoError, ExitCode.NOTHING_FOUND),
        (ModelMismatchError, ExitCode.MODEL),
        (ModelFileError, ExitCode.MODEL),
        (ExchangeError, ExitCode.FAILED),
        (VectorSearchError, ExitCode.FAILED),
        (LibraryError, ExitCode.LIBRARY),
        (CaptioningError, ExitCode.FAILED),
        (SearchError, ExitCode.FAILED),
    ]
