"""Opens a model file at once and its network only when a picture is there.

On a processor the network runs compiled, without torch, which takes seconds to load; on a GPU, and where something
keeps a model from being compiled, it runs in torch.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from captioning.compiled.obstacles import obstacle
from captioning.describer import unheard
from captioning.errors import DeviceError, DeviceMemoryError
from captioning.model_file import ModelFile, read_model_file
from captioning.outputs import Caption, Description, ModelIdentity, WordGuesses
from captioning.runtime.devices import CPU, Device, DeviceWarning
from captioning.runtime.tuning import give_back_freed_memory, keep_freed_memory, wait_asleep
from captioning.text.numpy_text_encoder import NumpyTextEncoder, save_text_encoder

if TYPE_CHECKING:
    from captioning.captioner import Captioner
    from captioning.compiled.captioner import CompiledCaptioner


Answer = TypeVar("Answer")


class LazyCaptioner:
    """Implements `captioning.describer.Describer`; loads the network with the first picture."""

    def __init__(self, file: ModelFile, *, device: Device = CPU) -> None:
        self.file = file
        self.device = device
        self._moving = Lock()

    @classmethod
    def open(cls, path: Path | None = None, *, device: Device = CPU) -> LazyCaptioner:
        """Reads a model file's header, the shipped one's without a path.

        Raises:
            ModelFileError: The file is missing, damaged, or of another version.
        """
        return cls(read_model_file(path), device=device)

    @property
    def identity(self) -> ModelIdentity:
        """Which model answers."""
        return self.file.identity

    @property
    def side(self) -> int:
        """Pixels per side of the square input."""
        return self.file.config.side

    @property
    def path(self) -> Path:
        """The model's file."""
        return self.file.path

    def describe(self, pixels: NDArray[np.uint8], *, looked: Callable[[int], None] = unheard) -> list[Description]:
        """Describes pictures of shape (B, side, side, 3), uint8, one description each.

        Args:
            pixels: The pictures.
            looked: Told, from any thread, how many more of them were looked at.

        Raises:
            ModelFileError: The tensors do not fit the header.
            DeviceError: The device cannot be used, or has too little memory.
        """
        unlooked = len(pixels)

        def look(count: int) -> None:
            # What was looked at before the network moved is not counted twice.
            nonlocal unlooked
            with self._moving:
                fresh = min(count, unlooked)
                unlooked -= fresh
            looked(fresh)

        return self._ask(lambda captioner: captioner.describe(pixels, looked=look))

    def embed(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Places pictures of shape (B, side, side, 3), uint8, in the joint space, where `describe` does, without words.

        Returns:
            Unit vectors (B, D), float32.

        Raises:
            ModelFileError: The tensors do not fit the header.
            DeviceError: The device cannot be used, or has too little memory.
        """
        return self._ask(lambda captioner: captioner.embed(pixels))

    def alternatives(self, pixels: NDArray[np.uint8], *, sentences: int) -> list[list[Caption]]:
        """Writes different sentences about each picture, best first.

        Args:
            pixels: Shape (B, side, side, 3), uint8.
            sentences: How many at most for each picture.

        Raises:
            ModelFileError: The tensors do not fit the header.
            DeviceError: The device cannot be used, or has too little memory.
        """
        return self._ask(lambda captioner: captioner.alternatives(pixels, sentences=sentences))

    def encode_text(self, sentences: Sequence[str]) -> NDArray[np.float32]:
        """Encodes sentences to unit vectors (sentences, D), float32, of the joint space, without torch."""
        return self._text_encoder.encode_text(sentences)

    def save_text_encoder(self, path: Path) -> None:
        """Writes a model file that holds the text tower alone.

        Raises:
            OSError: The disk is full, or the folder takes no files.
        """
        save_text_encoder(self.file, path)

    def attention(self, pixels: NDArray[np.uint8], sentences: Sequence[str]) -> list[NDArray[np.float32]]:
        """Tells where the decoder looks for each word of a sentence.

        Args:
            pixels: Shape (B, side, side, 3), uint8.
            sentences: One for each picture.

        Returns:
            For each picture, shape (T, rows, columns), float32: for each of the sentence's T words the weights of the
            cells, which sum to one.

        Raises:
            ModelFileError: The tensors do not fit the header.
            DeviceError: The device cannot be used.
        """
        return self._ask(lambda captioner: captioner.attention(pixels, sentences))

    def guess_words(self, pixels: NDArray[np.uint8], sentences: Sequence[Sequence[str]]) -> WordGuesses:
        """Guesses each word of sentences from the picture and the words before it.

        Args:
            pixels: Shape (B, side, side, 3), uint8.
            sentences: For each picture its sentences, any number.

        Raises:
            ModelFileError: The tensors do not fit the header.
            DeviceError: The device cannot be used.
        """
        return self._ask(lambda captioner: captioner.guess_words(pixels, sentences))

    @cached_property
    def _text_encoder(self) -> NumpyTextEncoder:
        return NumpyTextEncoder(self.file)

    @cached_property
    def _captioner(self) -> Captioner | CompiledCaptioner:
        wait_asleep()
        while self.device.gpu is not None:
            try:
                return self._in_torch(self.device.name)
            except RuntimeError as error:  # whatever CUDA says, and a torch without it
                failure = f"the network could not be brought to the device {self.device.name}: {_cause(error)}"
                if self.device.asked:
                    raise DeviceError(failure) from error
            self._move(failure)
        return self._on_the_processor()

    def _ask(self, work: Callable[[Captioner | CompiledCaptioner], Answer]) -> Answer:
        """Has a captioner work; where nobody asked for its GPU and the memory there is short, another one."""
        while True:
            captioner = self._captioner
            try:
                return work(captioner)
            except DeviceMemoryError:
                if self.device.asked:
                    raise
            with self._moving:
                if self.__dict__.get("_captioner") is captioner:
                    self._move(f"the network finds too little memory on {self.device.name}")
                    del self.__dict__["_captioner"]

    def _move(self, failure: str) -> None:
        self.device = self.device.instead()
        place = "the processor" if self.device.gpu is None else self.device.name
        warnings.warn(f"{failure}; it runs on {place}", DeviceWarning, stacklevel=4)

    def _on_the_processor(self) -> Captioner | CompiledCaptioner:
        reason = obstacle(self.file.config)
        if reason is None:
            try:
                from captioning.compiled.captioner import CompiledCaptioner

                give_back_freed_memory()
                return CompiledCaptioner(self.file, cores=self.device.cores)
            except (ImportError, OSError, RuntimeError) as error:
                reason = f"OpenVINO cannot be used ({_cause(error)})"
        warnings.warn(f"{reason}: describing takes longer, in torch", DeviceWarning, stacklevel=3)
        keep_freed_memory()
        return self._in_torch("cpu")

    def _in_torch(self, device: str) -> Captioner:
        import torch

        from captioning.captioner import Captioner

        return Captioner(self.file, device=torch.device(device), cores=self.device.cores)


def _cause(error: Exception) -> str:
    return " ".join(str(error).partition("\n")[0].split())
