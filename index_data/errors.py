"""The errors of keeping a library, one class per cause."""

from __future__ import annotations


class LibraryError(Exception):
    """Root of every error that `index_data` raises on purpose."""


class LibraryMissingError(LibraryError):
    """There is no library in the folder."""


class LibraryLockedError(LibraryError):
    """Another process is writing to the library, or holds its catalogue."""


class LibraryTooNewError(LibraryError):
    """The library was written by a newer version of this program."""


class LibraryDamagedError(LibraryError):
    """The catalogue is not a database, or not one of this program."""


class LibraryUnreachableError(LibraryError):
    """The server that keeps the library does not answer, lets nobody in, or the connection to it was lost."""


class LibraryAddressError(LibraryError):
    """What names the library is no address of a server."""


class MissingExtraError(LibraryError):
    """What a kind of library needs is not installed."""


class LibraryNotWritableError(LibraryError):
    """The library's folder or disk takes no data, or may not be used at all."""


class ReplacementError(LibraryError):
    """A file would be replaced that must stay."""


class SettingsError(LibraryError):
    """The file of settings cannot be read or written, or holds what does not fit."""


class FolderError(LibraryError):
    """A folder of photographs is missing, is no folder, or may not be read."""


class UnknownFolderError(FolderError):
    """A folder is none of the library's, or the library knows none at all."""


class PatternError(FolderError):
    """A pattern that says what is left out of a folder is invalid."""


class BackupError(LibraryError):
    """A backup is missing, damaged or none, or cannot be written."""


class SameLibraryError(LibraryError):
    """A library was to take in what it knows itself."""


class IndexKindError(LibraryError):
    """The environment asks for a kind of vector index that does not exist."""


class NoWordsError(LibraryError):
    """A caption or tag would hold nothing that can be seen, more than is kept, or bytes that are not text."""


class MarkError(LibraryError):
    """A mark cannot have this value."""


class AlbumError(LibraryError):
    """An album or a saved search cannot have this name, or is of the other kind."""


class UnknownAlbumError(LibraryError):
    """There is no album or saved search of this name."""


class UnknownTagError(LibraryError):
    """No photograph has a tag."""


class UnknownPhotographError(LibraryError):
    """A file is not among the photographs of the library."""


class LearntModelError(LibraryError):
    """A model that was learnt is not there, or nothing says which is used."""


class NothingToUndoError(LibraryError):
    """There is no action that could be undone or redone."""


class FilesNotReturnedError(LibraryError):
    """Files that were moved could not all be brought back."""


class ExchangeError(LibraryError):
    """A file of captions could not be read, written, or understood."""


class UnknownFormatError(ExchangeError):
    """The name of a file does not tell its format, or the format is only read."""


class VectorSearchError(LibraryError):
    """FAISS, which compares vectors, could not be loaded."""


class ClusterError(LibraryError):
    """Machines that were to read and describe cannot be reached or used, or no longer."""


class ClusterAddressError(ClusterError):
    """An address of a cluster is none."""
