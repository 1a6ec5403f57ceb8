"""FAISS that cannot be loaded is one sentence; what keeps it from GPUs is told without loading it."""

from __future__ import annotations

import subprocess
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from captioning.runtime.devices import DeviceWarning
from index_data.errors import VectorSearchError
from index_data.library import Library
from index_data.vectors import faiss_library as faiss_loading
from index_data.vectors.faiss_library import gpu_obstacle, load_faiss
from index_data.vectors.index import VectorIndex
from index_data.vectors.kinds import ENVIRONMENT_VARIABLE
from tests.unit.index_data.conftest import FakeDescriber, index

pytestmark = pytest.mark.library_in_a_folder

WITHOUT_CUDA = """
import sys
from importlib.abc import MetaPathFinder

class NoNvidia(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "nvidia":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, NoNvidia())
"""

FAISS_FIRST = """
import index_data.library
from index_data.vectors.faiss_library import load_faiss

index_data.library.Library.open = lambda *_, **__: load_faiss()
"""
"""Has a command meet an index that only FAISS can read."""


def built_for_gpus() -> bool:
    return gpu_obstacle() != "this FAISS was built without CUDA"


@pytest.mark.skipif(not built_for_gpus(), reason="this FAISS needs no CUDA")
def test_without_the_libraries_of_cuda_it_is_one_sentence(tmp_path: Path) -> None:
    # Vectors that are all compared need no FAISS.
    folder = tmp_path / "library"
    Library.open(folder, create=True).close()
    code = f"{WITHOUT_CUDA}\nfrom search.cli import main\nmain()"
    subprocess.run([sys.executable, "-c", code, "doctor", "--library", folder], capture_output=True, check=True)
    code = f"{WITHOUT_CUDA}\nfrom search.cli import main\n{FAISS_FIRST}main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "doctor", "--library", folder], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("imgsearch: FAISS could not be loaded (faiss-gpu installed but nvidia-cuda-runtime")
    assert done.stderr.strip().endswith("install faiss-cpu in place of faiss-gpu")
    assert done.stderr.count("\n") == 1


def faiss_in(folder: Path, monkeypatch: pytest.MonkeyPatch, *, cuda: bool, libraries: bool) -> None:
    (folder / "faiss").mkdir()
    for name in ["__init__.py", *(["_gpu_build.py"] if cuda else [])]:
        (folder / "faiss" / name).touch()
    if libraries:
        for place, file in faiss_loading._CUDA_LIBRARIES.items():
            (folder / "nvidia" / place / "lib").mkdir(parents=True)
            (folder / "nvidia" / place / "lib" / file).touch()

    def find(name: str) -> ModuleSpec | None:
        if not (folder / name).is_dir():
            return None
        spec = ModuleSpec(name, None, origin=str(folder / name / "__init__.py"), is_package=True)
        spec.submodule_search_locations = [str(folder / name)]
        return spec

    monkeypatch.setattr(faiss_loading, "find_spec", find)
    monkeypatch.delitem(sys.modules, "faiss", raising=False)


@pytest.mark.parametrize(
    ("cuda", "libraries", "reason"),
    [
        (False, False, "this FAISS was built without CUDA"),
        (
            True,
            False,
            "FAISS needs CUDA 12 and does not find libcudart.so.12 and libcublas.so.12 and libcurand.so.10 "
            "among the installed packages",
        ),
        (True, True, None),
    ],
)
def test_what_keeps_it_from_gpus(
    cuda: bool, libraries: bool, reason: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faiss_in(tmp_path, monkeypatch, cuda=cuda, libraries=libraries)
    assert gpu_obstacle() == reason


def test_without_faiss(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faiss_loading, "find_spec", lambda name: None)
    assert gpu_obstacle() == "FAISS is not installed"


LACKING = {
    "libcudart.so.12: cannot open shared object file": OSError("libcudart.so.12:\n cannot open shared object file"),
    "No module named 'packaging'": ModuleNotFoundError("No module named 'packaging'"),
    "undefined symbol: cublasLtCreate": ImportError("undefined symbol: cublasLtCreate"),
    "faiss-gpu: failed to load libcublas.so.12": RuntimeError("faiss-gpu: failed to load libcublas.so.12"),
    "its compiled part is missing": SystemExit(1),
}


def loader(monkeypatch: pytest.MonkeyPatch, *outcomes: BaseException | ModuleType) -> None:
    """Has FAISS's import end with one outcome after the other."""
    coming = iter(outcomes)

    def load(name: str) -> ModuleType:
        outcome = next(coming)
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    monkeypatch.setattr(faiss_loading, "import_module", load)
    # What is loaded already stays for the other tests.
    monkeypatch.setattr(faiss_loading, "_forget_faiss", lambda: None)
    monkeypatch.setitem(sys.modules, "faiss._gpu_build", ModuleType("faiss._gpu_build"))


@pytest.mark.parametrize("cause", LACKING)
def test_whatever_its_import_ends_with_is_one_sentence(cause: str, monkeypatch: pytest.MonkeyPatch) -> None:
    loader(monkeypatch, LACKING[cause], ImportError("the second attempt"))
    with pytest.raises(VectorSearchError) as told:
        load_faiss()
    assert str(told.value) == (
        f"FAISS could not be loaded ({cause}); on a machine without CUDA 12 install faiss-cpu in place of faiss-gpu"
    )
    # The system's own CUDA 12 serves where the packages lack it.
    served = ModuleType("faiss")
    loader(monkeypatch, LACKING[cause], served)
    assert load_faiss() is served
    assert sys.modules["faiss._gpu_build"] is None


def test_without_faiss_all_vectors_are_compared_if_they_are_not_too_many(
    library: Library, photos: Path, describer: FakeDescriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(library, photos, describer)
    question = np.full((1, 4), 0.5, np.float32)
    expected = library.indexes.image(describer.identity).search(question, 5)
    library.indexes.forget()
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, "ivf")
    library.indexes.save(describer.identity)
    file = library.paths.index("images", describer.identity.id)
    written = file.read_bytes()

    def refuse() -> None:
        raise VectorSearchError("FAISS could not be loaded (libcudart.so.12)")

    with monkeypatch.context() as patch:
        patch.setattr("index_data.vectors.inverted_file.load_faiss", refuse)
        with Library.open(library.paths.folder) as opened:
            with pytest.warns(DeviceWarning) as said:
                compared = opened.indexes.image(describer.identity)
            assert [str(warning.message) for warning in said] == [
                "FAISS could not be loaded (libcudart.so.12); until then all vectors are compared"
            ]
            np.testing.assert_array_equal(compared.search(question, 5)[1], expected[1])
            assert opened.indexes.image(describer.identity) is compared
        patch.setattr("index_data.vectors.cache.MEMORY", 7 * 4 * 4 - 1)
        with Library.open(library.paths.folder) as opened, pytest.raises(VectorSearchError, match="libcudart"):
            opened.indexes.image(describer.identity)
    # The file waits for a FAISS that can be loaded.
    assert file.read_bytes() == written
    with Library.open(library.paths.folder) as opened:
        index_anew = opened.indexes.image(describer.identity)
        assert isinstance(index_anew, VectorIndex)
        assert index_anew.kind.name == "ivf"
