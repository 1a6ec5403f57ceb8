"""The errors of the model package, one class per cause."""

from __future__ import annotations


class CaptioningError(Exception):
    """Root of every error that `captioning` raises on purpose."""


class UnreadableFileError(CaptioningError):
    """A file could not be turned into pixels.

    Attributes:
        reason: A short clause without the path, such as ``the file is empty``.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class UnreadableImageError(UnreadableFileError):
    """A photograph could not be decoded."""


class UnreadableVideoError(UnreadableFileError):
    """A video could not be decoded."""


class ConfigurationError(CaptioningError):
    """A configuration holds an unknown key or a value out of range."""


class ConfigurationFileError(ConfigurationError):
    """A file of a configuration cannot be read, or is none."""


class UnknownBackboneError(ConfigurationError):
    """A backbone was asked for by a name that nothing answers to."""


class DeviceError(CaptioningError):
    """A device was asked for that there is not, or that cannot do what it should."""


class DeviceMemoryError(DeviceError):
    """A GPU has too little memory for what cannot be made smaller."""


class ProcessLostError(CaptioningError):
    """One of the processes that train together has ended."""


class ModelFileError(CaptioningError):
    """A model or checkpoint file is missing, damaged, or of another version."""


class CaptionsFileError(CaptioningError):
    """A captions file is missing, malformed, or names images that are not there."""


class SplitError(CaptionsFileError):
    """There is no such part of a collection, or it holds no pictures."""
