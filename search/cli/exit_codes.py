"""The exit codes of every command: one a kind of mistake, whichever command is told of it, for scripts to rely on."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Final


class ExitCode(IntEnum):
    """What a command's exit status says; 2 is the usual code of a command line that was not understood."""

    OK = 0
    FAILED = 1
    USAGE = 2
    NOTHING_FOUND = 3
    SET_ASIDE = 4
    LIBRARY = 5
    MODEL = 6
    FILE = 7
    INTERRUPTED = 130


MEANINGS: Final[Mapping[ExitCode, str]] = {
    ExitCode.OK: "done",
    ExitCode.FAILED: "something else went wrong",
    ExitCode.USAGE: "the command line, a query, a value or the file of settings was not understood",
    ExitCode.NOTHING_FOUND: "understood, and there is nothing to show, to write or to undo",
    ExitCode.SET_ASIDE: "done but for files or entries that were left out, or a folder that was empty; they are named",
    ExitCode.LIBRARY: "the library is missing, locked, not writable, damaged, faulty (see doctor) or too new",
    ExitCode.MODEL: "the model file is missing or damaged, or not the one that described the library",
    ExitCode.FILE: "a file or folder that was named is missing, cannot be read or written, or is of another kind",
    ExitCode.INTERRUPTED: "interrupted",
}
"""What each says, in the words of the manual."""


def known_errors() -> list[tuple[type[Exception], ExitCode]]:
    """The errors that a command may end with, the special ones first; everything else is a bug and shows as one."""
    from captioning import errors as of_captioning
    from index_data import errors as of_library
    from search import errors as of_search

    kinds: list[tuple[ExitCode, tuple[type[Exception], ...]]] = [
        (
            ExitCode.FILE,
            (
                of_captioning.ConfigurationFileError,
                of_library.BackupError,
                of_library.ReplacementError,
                of_search.CopyError,
                of_search.EvaluationError,
                of_search.ExampleError,
                of_search.ListError,
                of_search.PageError,
            ),
        ),
        (
            ExitCode.USAGE,
            (
                of_captioning.ConfigurationError,
                of_captioning.DeviceError,
                of_captioning.SplitError,
                of_library.AlbumError,
                of_library.ClusterAddressError,
                of_library.IndexKindError,
                of_library.MarkError,
                of_library.NoWordsError,
                of_library.PatternError,
                of_library.SameLibraryError,
                of_library.SettingsError,
                of_library.UnknownFormatError,
                of_search.CursorError,
                of_search.EmptyQueryError,
                of_search.QuerySyntaxError,
                of_search.RankError,
                of_search.SavedSearchError,
            ),
        ),
        (
            ExitCode.NOTHING_FOUND,
            (
                of_library.LearntModelError,
                of_library.NothingToUndoError,
                of_library.UnknownAlbumError,
                of_library.UnknownFolderError,
                of_library.UnknownPhotographError,
                of_search.TooLittleToLearnError,
                of_library.UnknownTagError,
                of_search.UnknownWordsError,
            ),
        ),
        (ExitCode.SET_ASIDE, (of_library.FilesNotReturnedError,)),
        (ExitCode.MODEL, (of_captioning.ModelFileError, of_search.ModelMismatchError)),
        (ExitCode.FAILED, (of_library.ClusterError, of_library.VectorSearchError, of_search.SamplesMissingError)),
        # What is left of each package, and of the roots that have kinds of their own above.
        (
            ExitCode.FILE,
            (
                of_captioning.CaptionsFileError,
                of_captioning.UnreadableFileError,
                of_library.ExchangeError,
                of_library.FolderError,
            ),
        ),
        (ExitCode.LIBRARY, (of_library.LibraryError,)),
        (ExitCode.FAILED, (of_captioning.CaptioningError, of_search.SearchError)),
    ]
    return [(error, code) for code, errors in kinds for error in errors]
