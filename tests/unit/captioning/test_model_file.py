from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from captioning.captioner import Captioner
from captioning.compiled.captioner import CompiledCaptioner
from captioning.config import ModelConfig
from captioning.errors import ModelFileError
from captioning.lazy_captioner import LazyCaptioner
from captioning.model_file import content_digest, read_model_file
from captioning.text.numpy_text_encoder import NumpyTextEncoder
from captioning.vocabulary import Vocabulary
from tests.tiny_model import KEYWORDS, WORDS, tiny_config, write_tiny_model


def rewrite(source: Path, target: Path, *, drop: str = "", seal: bool = False, **changes: Any) -> Path:
    """Writes a model file again with another header, or without some tensors; `seal` says that this is as meant."""
    with safe_open(source, framework="pt") as file:
        header = json.loads(file.metadata()["imgsearch"])
        tensors = {name: file.get_tensor(name) for name in file.keys() if not (drop and name.startswith(drop))}  # noqa: SIM118
    header |= changes
    if seal:
        config = ModelConfig(**header["config"])
        vocabulary, keywords = Vocabulary(header["vocabulary"]), tuple(header["keywords"])
        header["digest"] = content_digest(header["name"], config, vocabulary, keywords, tensors)
    save_file(tensors, target, metadata={"imgsearch": json.dumps(header)})
    return target


def test_the_header_says_all_but_the_tensors(tiny_model: Path) -> None:
    file = read_model_file(tiny_model)
    assert (file.name, file.config, file.keywords) == ("tiny", tiny_config(), KEYWORDS)
    assert file.vocabulary.words == WORDS
    assert file.card == {"recipe": "none"}
    assert file.identity.dimension == 8
    assert file.identity.id == f"tiny@{file.identity.digest[:12]}"


def test_tensors_are_stored_in_half_precision(tiny_model: Path) -> None:
    tensors = read_model_file(tiny_model).tensors("pt")
    assert {tensor.dtype for tensor in tensors.values()} == {torch.float16}
    assert set(read_model_file(tiny_model).tensors("np", prefix="joint.text.")) == {
        f"{layer}.{kind}" for layer in ("straight", "inner", "outer") for kind in ("weight", "bias")
    }


def test_the_same_content_has_the_same_identity(tiny_model: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copy(tiny_model, tmp_path / "copy.safetensors"))
    assert read_model_file(copy).identity == read_model_file(tiny_model).identity
    # What is told about a model does not make it another one.
    told = rewrite(tiny_model, tmp_path / "told.safetensors", card={"recipe": "another"}, seal=True)
    assert read_model_file(told).identity == read_model_file(tiny_model).identity
    other = rewrite(tiny_model, tmp_path / "other.safetensors", keywords=["dog", "cat", "beach", "sea"], seal=True)
    assert read_model_file(other).identity.digest != read_model_file(tiny_model).identity.digest


def test_a_changed_model_is_refused(tiny_model: Path, tmp_path: Path) -> None:
    tampered = tmp_path / "tampered.safetensors"
    content = bytearray(tiny_model.read_bytes())
    content[-3] ^= 1
    tampered.write_bytes(content)
    with pytest.raises(ModelFileError, match=r"the model .*tampered\.safetensors was changed or damaged since it was"):
        Captioner.load(tampered)
    renamed = rewrite(tiny_model, tmp_path / "renamed.safetensors", keywords=["dog", "cat", "beach", "sea"])
    with pytest.raises(ModelFileError, match="was changed or damaged"):
        Captioner.load(renamed)


def test_files_that_are_no_models_are_refused(tiny_model: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="there is no model file"):
        read_model_file(tmp_path / "none.safetensors")
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(tiny_model.read_bytes()[:-100])
    with pytest.raises(ModelFileError, match="is not a readable safetensors file"):
        read_model_file(cut)
    (tmp_path / "empty.safetensors").touch()
    with pytest.raises(ModelFileError, match="is not a readable safetensors file"):
        read_model_file(tmp_path / "empty.safetensors")
    with pytest.raises(ModelFileError, match="there is no model file"):
        read_model_file(tmp_path)
    with pytest.raises(ModelFileError, match=r"is not a readable safetensors file: .*too long"):
        read_model_file(tmp_path / ("n" * 300))
    save_file({"a": torch.zeros(1)}, tmp_path / "foreign.safetensors")
    with pytest.raises(ModelFileError, match="is a safetensors file, but not a model of imgsearch"):
        read_model_file(tmp_path / "foreign.safetensors")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": 99}, "has file format 99, this version of imgsearch reads format 2"),
        ({"config": {"sides": 3}}, r"the header .* is damaged: unknown key model\.sides"),
        ({"config": {"side": 0}}, r"the header .* is damaged: model\.side must be at least 1"),
        ({"vocabulary": ["a"]}, "needs at least two words"),
        ({"vocabulary": ["a", "b", "a"]}, "a word stands twice"),
        ({"vocabulary": None}, "is damaged"),
        ({"keywords": None}, "is damaged"),
        ({"config": 5}, "is damaged: model must be a table"),
        ({"config": {"side": "32"}}, r"is damaged: model\.side must be a whole number"),
    ],
)
def test_headers_that_do_not_fit_are_refused(
    tiny_model: Path, tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ModelFileError, match=message):
        read_model_file(rewrite(tiny_model, tmp_path / "changed.safetensors", **changes))


@pytest.mark.parametrize("header", ["{", "[]", "5", '{"format": 2}', "{}"])
def test_tampered_json_is_refused(tmp_path: Path, header: str) -> None:
    save_file({"a": torch.zeros(1)}, tmp_path / "a.safetensors", metadata={"imgsearch": header})
    with pytest.raises(ModelFileError, match=r"the header of the model .*a\.safetensors is damaged"):
        read_model_file(tmp_path / "a.safetensors")


def test_a_network_that_cannot_be_built_is_refused(tiny_model: Path, tmp_path: Path) -> None:
    config = {**dataclasses.asdict(tiny_config()), "backbone": "resnet9000"}
    other = rewrite(tiny_model, tmp_path / "other.safetensors", config=config, seal=True)
    with pytest.raises(ModelFileError, match="cannot be built: there is no backbone 'resnet9000'"):
        Captioner.load(other)


def test_a_file_that_vanishes_after_its_header_was_read(tiny_model: Path, tmp_path: Path) -> None:
    file = read_model_file(Path(shutil.copy(tiny_model, tmp_path / "copy.safetensors")))
    file.path.unlink()
    with pytest.raises(ModelFileError, match=r"copy\.safetensors could not be read"):
        file.tensors("np")


def test_a_failed_write_leaves_the_former_model(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path(shutil.copy(tiny_model, tmp_path / "model.safetensors"))

    def fill_the_disk(_: object, file: Path, **__: object) -> None:
        Path(file).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("safetensors.torch.save_file", fill_the_disk)
    with pytest.raises(OSError, match="No space left"):
        write_tiny_model(path, seed=1)
    assert path.read_bytes() == tiny_model.read_bytes()


def test_tensors_that_do_not_fit_the_header_are_refused(tiny_model: Path, tmp_path: Path) -> None:
    larger = {**dataclasses.asdict(tiny_config()), "hidden": 24}
    with pytest.raises(ModelFileError, match="do not fit its configuration"):
        Captioner.load(rewrite(tiny_model, tmp_path / "larger.safetensors", config=larger, seal=True))
    with pytest.raises(ModelFileError, match=r"lacks tensors or has too many, such as keyword\.1\.\w+"):
        Captioner.load(rewrite(tiny_model, tmp_path / "fewer.safetensors", drop="keyword.", seal=True))
    with pytest.raises(ModelFileError, match="lacks"):
        NumpyTextEncoder.load(rewrite(tiny_model, tmp_path / "mute.safetensors", drop="text_encoder.", seal=True))


def test_a_lazy_captioner_is_the_captioner(tiny_model: Path) -> None:
    pixels = torch.randint(0, 256, (2, 32, 32, 3), dtype=torch.uint8).numpy()
    file = read_model_file(tiny_model)
    lazy, eager = LazyCaptioner.open(tiny_model), CompiledCaptioner(file)
    assert (lazy.identity, lazy.side) == (file.identity, file.config.side)
    assert [d.caption for d in lazy.describe(pixels)] == [d.caption for d in eager.describe(pixels)]


def test_fields_that_came_later_leave_the_identity_of_older_files(tiny_model: Path, tmp_path: Path) -> None:
    older = dataclasses.asdict(tiny_config())
    del older["embedding_cells"], older["agreement_weight"]
    written = rewrite(tiny_model, tmp_path / "older.safetensors", config=older)
    assert read_model_file(written).identity == read_model_file(tiny_model).identity
    read_model_file(written).verified_tensors("pt")
    chooser = write_tiny_model(tmp_path / "chooser.safetensors", agreement_weight=0.5)
    assert read_model_file(chooser).identity.digest != read_model_file(tiny_model).identity.digest
