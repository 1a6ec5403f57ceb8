"""What runs on the machines of a cluster: it reads and describes, and knows neither the library nor Ray."""

from __future__ import annotations

import os
import socket
import warnings
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from captioning.describer import Describer
from captioning.errors import CaptioningError
from captioning.lazy_captioner import LazyCaptioner
from captioning.runtime.devices import DeviceWarning, choose_device
from index_data.cluster.tasks import ReadFiles, Task, may_read
from index_data.scan.events import FilmProgress

_DISTRIBUTION = "imgsearch-photos"

OpenDescriber = Callable[[], tuple[Describer, str]]
"""Opens a model, and tells on what it runs and why."""

MakeOpener = Callable[[int], OpenDescriber]
"""Makes what opens a model on a machine, for so many cores."""


def installed_version() -> str:
    """The version of this program."""
    try:
        return version(_DISTRIBUTION)
    except PackageNotFoundError:
        return "unknown"


@dataclass(frozen=True, slots=True)
class Expected:
    """What a machine must have in common with the one that stores.

    Attributes:
        version: Of this program.
        model: The id of the model.
        landmarks: Files that it must see, one of each folder.
    """

    version: str
    model: str
    landmarks: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Introduction:
    """What a worker says of itself.

    Attributes:
        host: The name of its machine.
        device: What the network runs on, and why.
        obstacle: Why it cannot take part, a clause; empty if it can.
    """

    host: str
    device: str = ""
    obstacle: str = ""


class NodeWorker:
    """Does tasks with a model on one machine's processor, or on one of its GPUs."""

    def __init__(self, open_describer: OpenDescriber, *, cores: int) -> None:
        """Opens nothing yet, so that whatever is missing here can be told.

        Args:
            open_describer: Opens the model.
            cores: How many files are read side by side.
        """
        self._open = open_describer
        self.threads = ThreadPoolExecutor(cores, thread_name_prefix="decode")
        self.describer: Describer

    def introduce(self, expected: Expected) -> Introduction:
        """Compares this machine with what is expected, and gets ready."""
        host = socket.gethostname()
        if (own := installed_version()) != expected.version:
            return Introduction(host, obstacle=f"it has imgsearch {own} and this machine {expected.version}")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeviceWarning)
                self.describer, device = self._open()
        except CaptioningError as error:
            return Introduction(host, obstacle=str(error))
        if (model := self.describer.identity.id) != expected.model:
            return Introduction(host, obstacle=f"its model is {model} and that of this machine {expected.model}")
        unseen = next((path for path in expected.landmarks if not may_read(path)), None)
        if unseen is not None:
            return Introduction(host, obstacle=f"it cannot open {os.fsdecode(unseen)}, which this machine can")
        return Introduction(host, device)

    def sees(self, path: bytes) -> bool:
        """Whether this machine can open a file."""
        return may_read(path)

    def run(self, task: Task) -> Generator[int | FilmProgress | ReadFiles]:
        """Does a task: yields how far it is, and at last what it gives."""
        result = yield from task.run(self)
        yield result


@dataclass(frozen=True, slots=True)
class OpenCaptioner:
    """Opens a model file as this machine has it.

    Attributes:
        model: The file; none for the one that travels with the program.
        device: `auto`, `cpu` or `cuda`; of GPUs a worker sees its own alone.
        cores: That describe where there is no GPU.
    """

    model: Path | None
    device: str
    cores: int

    def __call__(self) -> tuple[Describer, str]:
        """Opens it.

        Raises:
            ModelFileError: The file is missing, damaged, or of another version.
            DeviceError: The device cannot be used here.
        """
        device = choose_device(self.device)
        device = replace(device, cores=self.cores)
        return LazyCaptioner.open(self.model, device=device), f"{device.name}: {device.reason}"
