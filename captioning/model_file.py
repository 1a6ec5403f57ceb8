"""One file per model: safetensors, with configuration, vocabulary, provenance and scores in its metadata."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from captioning.config import ModelConfig
from captioning.config_reading import from_table
from captioning.errors import ConfigurationError, ModelFileError
from captioning.files import replacing, write_atomically
from captioning.outputs import ModelIdentity
from captioning.vocabulary import Vocabulary

if TYPE_CHECKING:
    from torch import Tensor

FORMAT = 2
_DIGEST = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[\w.+-]([\w .+-]{0,98}[\w.+-])?")
LARGEST_SIZE = 1 << 16
"""That a layer, or a picture, may have."""

SHIPPED = Path(__file__).parent / "weights" / "imgsearch.safetensors"
"""The model that travels inside the package."""


@dataclass(frozen=True)
class ModelFile:
    """The header of a model file: all but the tensors, read without torch.

    Attributes:
        path: The file.
        name: The name its maker gave it.
        config: Sizes of the network.
        vocabulary: Words that the text encoder reads; the decoder writes with the first of them.
        keywords: Words of the annotation.
        card: Data, recipe, seed and measured scores, as JSON values.
        digest: SHA-256 of all but the card, hexadecimal, as it was when the file was written.
    """

    path: Path
    name: str
    config: ModelConfig
    vocabulary: Vocabulary
    keywords: tuple[str, ...]
    card: Mapping[str, Any]
    digest: str

    @property
    def identity(self) -> ModelIdentity:
        """Name, digest and joint size."""
        return ModelIdentity(self.name, self.digest, self.config.joint)

    def verified_tensors(self, framework: Literal["pt", "np"]) -> dict[str, Any]:
        """Reads all tensors, for torch or NumPy, and proves that they and the header are what was written.

        Each has the shape and dtype of the file, most of them float16. Reading a part by `tensors` proves nothing: a
        query has no time to read the whole file.

        Raises:
            ModelFileError: The file was damaged or changed.
        """
        tensors = self.tensors(framework)
        if content_digest(self.name, self.config, self.vocabulary, self.keywords, tensors) != self.digest:
            raise ModelFileError(f"the model {self.path} was changed or damaged since it was written")
        return tensors

    def tensors(self, framework: Literal["pt", "np"], *, prefix: str = "") -> dict[str, Any]:
        """Reads the tensors whose names begin with `prefix`, and takes the prefix off.

        Raises:
            ModelFileError: The file was damaged or changed since its header was read.
        """
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(self.path, framework=framework) as file:
                names = [name for name in file.keys() if name.startswith(prefix)]  # noqa: SIM118
                return {name.removeprefix(prefix): file.get_tensor(name) for name in names}
        except (OSError, SafetensorError) as error:
            raise ModelFileError(f"the model file {self.path} could not be read: {error}") from error


def read_model_file(path: Path | None = None) -> ModelFile:
    """Reads the header of a model file, of the shipped one without a path.

    Raises:
        ModelFileError: The file is missing, is truncated, is no model of this program, or is of another version.
    """
    from safetensors import SafetensorError, safe_open

    path = path or SHIPPED
    try:
        if not path.is_file():
            raise ModelFileError(f"there is no model file {path}")
        # NumPy, so that reading a header never imports torch.
        with safe_open(path, framework="np") as file:
            metadata = file.metadata() or {}
    except (OSError, SafetensorError) as error:
        raise ModelFileError(f"{path} is not a readable safetensors file: {error}") from error
    if "imgsearch" not in metadata:
        raise ModelFileError(f"{path} is a safetensors file, but not a model of imgsearch")
    try:
        header = json.loads(metadata["imgsearch"])
        if header["format"] != FORMAT:
            raise ModelFileError(
                f"the model {path} has file format {header['format']}, this version of imgsearch reads format {FORMAT}"
            )
        # Both name files of a library, and are shown: neither may lead elsewhere or steer a terminal.
        if not (isinstance(header["name"], str) and _NAME.fullmatch(header["name"])):
            raise ModelFileError(f"the header of the model {path} is damaged: its name is not one of a model")
        if not (isinstance(header["digest"], str) and _DIGEST.fullmatch(header["digest"])):
            raise ModelFileError(f"the header of the model {path} is damaged: its digest is not 64 hexadecimal digits")
        config = from_table(ModelConfig, header["config"], where="model")
        if any(isinstance(size, int) and size > LARGEST_SIZE for size in dataclasses.asdict(config).values()):
            raise ModelFileError(f"the header of the model {path} is damaged: a size is beyond {LARGEST_SIZE:,}")
        return ModelFile(
            path=path,
            name=header["name"],
            config=config,
            vocabulary=Vocabulary(_words(header["vocabulary"])),
            keywords=tuple(_words(header["keywords"])),
            card=dict(header["card"]),
            digest=header["digest"],
        )
    except (LookupError, ArithmeticError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ModelFileError(f"the header of the model {path} is damaged: {error}") from error
    except ConfigurationError as error:
        raise ModelFileError(f"the header of the model {path} is damaged: {error}") from error


def _words(listed: Any) -> list[str]:
    """Words of a header, which a model will say: none of them may steer a terminal.

    Raises:
        TypeError: They are no list of words.
    """
    if not isinstance(listed, list) or not all(isinstance(word, str) and word.isprintable() for word in listed):
        raise TypeError("its words are no list of words that can be printed")
    return listed


def write_part(file: ModelFile, path: Path, prefixes: Sequence[str]) -> None:
    """Writes a model file of the same header and identity that holds only the tensors whose names begin so.

    Raises:
        ModelFileError: The file was damaged or changed since its header was read.
        OSError: The disk is full, or the folder takes no files.
    """
    from safetensors import SafetensorError, safe_open
    from safetensors.numpy import save

    try:
        with safe_open(file.path, framework="np") as whole:
            names = [name for name in whole.keys() if name.startswith(tuple(prefixes))]  # noqa: SIM118
            content = save({name: whole.get_tensor(name) for name in names}, metadata=whole.metadata())
    except (OSError, SafetensorError) as error:
        raise ModelFileError(f"the model file {file.path} could not be read: {error}") from error
    write_atomically(path, content)


def write_model_file(
    path: Path,
    tensors: Mapping[str, Tensor],
    *,
    name: str,
    config: ModelConfig,
    vocabulary: Vocabulary,
    keywords: tuple[str, ...],
    card: Mapping[str, Any],
    private: bool = False,
) -> None:
    """Writes tensors of any shape with everything needed to use them: floats as float16, integers (int64) not at all.

    Args:
        path: What is written or replaced.
        tensors: By their names.
        name: Of the model.
        config: Sizes of the network.
        vocabulary: Words of the network.
        keywords: Words of the annotation.
        card: What is to be known of the model, as JSON values.
        private: Only its owner may read it.

    Raises:
        OSError: The disk is full, or the folder is missing or takes no files; a former model is untouched.
    """
    import torch
    from safetensors.torch import save_file

    half = {
        key: (value.half() if value.is_floating_point() else value).cpu().contiguous().clone()
        for key, value in tensors.items()
        if value.dtype != torch.int64
    }
    header = {
        "format": FORMAT,
        "name": name,
        "config": dataclasses.asdict(config),
        "vocabulary": vocabulary.words,
        "keywords": keywords,
        "card": card,
        "digest": content_digest(name, config, vocabulary, keywords, half),
    }
    with replacing(path, private=private) as fresh:
        save_file(half, fresh, metadata={"imgsearch": json.dumps(header)})


def content_digest(
    name: str,
    config: ModelConfig,
    vocabulary: Vocabulary,
    keywords: tuple[str, ...],
    tensors: Mapping[str, Tensor | NDArray[Any]],
) -> str:
    """SHA-256, hexadecimal, of everything that decides what a model says.

    Tensors of torch, or arrays, of any shape count with shape, dtype and bytes, and alike in either form.
    """
    header = json.dumps([name, _identifying(config), vocabulary.words, keywords])
    digest = hashlib.sha256(header.encode())
    for key in sorted(tensors):
        tensor = tensors[key]
        array = np.ascontiguousarray(tensor) if isinstance(tensor, np.ndarray) else tensor.contiguous().numpy()
        # By torch's names, in which the first files were written.
        digest.update(f"{key} torch.{array.dtype} {tuple(tensor.shape)}".encode())
        digest.update(array.data)
    return digest.hexdigest()


_LATER_FIELDS = {"embedding_cells", "agreement_weight", "nearness_weight"}
"""Fields that files written before them lack; at their defaults they leave a model what it was."""


def _identifying(config: ModelConfig) -> dict[str, Any]:
    defaults = dataclasses.asdict(ModelConfig())
    fields = dataclasses.asdict(config).items()
    return {name: value for name, value in fields if name not in _LATER_FIELDS or value != defaults[name]}
