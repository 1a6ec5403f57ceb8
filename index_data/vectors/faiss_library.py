"""Loads FAISS, or says in one sentence why it cannot be loaded; tells what keeps it from searching on a GPU.

The wheel of FAISS for GPUs needs libraries of CUDA 12, which it takes from packages of its own, on any machine: also
where there is no GPU, and where torch brings another CUDA.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from index_data.errors import VectorSearchError

_BUILT_FOR_GPUS = "_gpu_build"
"""The module inside FAISS that only a build for GPUs has."""

_CUDA_LIBRARIES = {"cuda_runtime": "libcudart.so.12", "cublas": "libcublas.so.12", "curand": "libcurand.so.10"}
"""Where the packages that carry CUDA 12 keep it."""

_UNLOADED = (ImportError, OSError, RuntimeError, SystemExit)
"""What its import ends with; the last where a file of it is missing."""


def load_faiss() -> Any:
    """Imports FAISS.

    Raises:
        VectorSearchError: It is not installed, or lacks the libraries that it needs.
    """
    try:
        return import_module("faiss")
    except _UNLOADED as error:
        first = error
    # Without its mark it looks for the libraries where the system keeps them.
    _forget_faiss()
    sys.modules[f"faiss.{_BUILT_FOR_GPUS}"] = None  # type: ignore[assignment]
    try:
        return import_module("faiss")
    except _UNLOADED:
        _forget_faiss()
        cause = "its compiled part is missing" if isinstance(first, SystemExit) else " ".join(str(first).split())
        raise VectorSearchError(
            f"FAISS could not be loaded ({cause}); on a machine without CUDA 12 install faiss-cpu in place of faiss-gpu"
        ) from first


def gpu_obstacle() -> str | None:
    """Why this installation of FAISS cannot search on any GPU, told from its files; none where it can."""
    spec = find_spec("faiss")
    if spec is None or not spec.origin:
        return "FAISS is not installed"
    if not Path(spec.origin).with_name(f"{_BUILT_FOR_GPUS}.py").is_file():
        return "this FAISS was built without CUDA"
    if sys.platform != "linux":
        return "vectors are searched on a GPU on Linux alone"
    missing = [file for folder, file in _CUDA_LIBRARIES.items() if not _carries(folder, file)]
    if missing and "faiss" not in sys.modules:
        return f"FAISS needs CUDA 12 and does not find {' and '.join(missing)} among the installed packages"
    return None


def _carries(folder: str, file: str) -> bool:
    """Whether the packages named `nvidia` hold a library in this folder; they are many packages of one name."""
    namespace = find_spec("nvidia")
    places = namespace.submodule_search_locations if namespace else None
    return any(Path(place, folder, "lib", file).is_file() for place in places or [])


def _forget_faiss() -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "faiss"]:
        del sys.modules[name]
