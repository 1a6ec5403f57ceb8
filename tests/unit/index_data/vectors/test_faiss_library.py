"""FAISS that cannot be loaded is one sentence; what keeps it from GPUs is told without loading it."""

from __future__ import annotations

import subprocess
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from index_data.library import Library
from index_data.vectors import faiss_library as faiss_loading
from index_data.vectors.faiss_library import gpu_obstacle

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
