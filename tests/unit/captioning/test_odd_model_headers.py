"""A model file from elsewhere is refused in a sentence when its header is not one that this program wrote."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest

from captioning.errors import ModelFileError
from captioning.model_file import read_model_file


def forged(model: Path, target: Path, **values: Any) -> Path:
    """A copy of a model file whose header says something else."""
    content = model.read_bytes()
    (size,) = struct.unpack("<Q", content[:8])
    outer = json.loads(content[8 : 8 + size])
    inner = json.loads(outer["__metadata__"]["imgsearch"]) | values
    outer["__metadata__"]["imgsearch"] = json.dumps(inner)
    header = json.dumps(outer).encode()
    target.write_bytes(struct.pack("<Q", len(header)) + header + content[8 + size :])
    return target


@pytest.mark.parametrize(
    "values",
    [
        {"digest": "../../victim"},
        {"digest": "../../victim" + "0" * 52},
        {"digest": "0" * 63 + "\n"},
        {"digest": 5},
        {"name": "a/b"},
        {"name": "\x1b]52;c;ZXZpbA==\x07"},
        {"name": "a\u202eb"},
        {"name": ["a"]},
        {"name": ""},
        {"vocabulary": ["a", "dog", "\x1b[2J"]},
        {"vocabulary": "words"},
        {"vocabulary": [["a"], ["b"]]},
        {"vocabulary": None},
        {"keywords": ["\x9b2J"]},
        {"keywords": 3},
        {"card": 3},
        {"config": []},
        {"config": {"joint": 10**30}},
        {"format": [2]},
    ],
)
def test_an_odd_header_is_refused(tiny_model: Path, tmp_path: Path, values: dict[str, Any]) -> None:
    with pytest.raises(ModelFileError):
        read_model_file(forged(tiny_model, tmp_path / "odd.safetensors", **values))


def test_a_header_that_is_nested_without_end_is_refused(tiny_model: Path, tmp_path: Path) -> None:
    content = tiny_model.read_bytes()
    (size,) = struct.unpack("<Q", content[:8])
    outer = json.loads(content[8 : 8 + size])
    outer["__metadata__"]["imgsearch"] = "[" * 200_000
    header = json.dumps(outer).encode()
    odd = tmp_path / "nested.safetensors"
    odd.write_bytes(struct.pack("<Q", len(header)) + header + content[8 + size :])
    with pytest.raises(ModelFileError):
        read_model_file(odd)
