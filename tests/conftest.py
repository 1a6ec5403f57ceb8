"""Fixtures that more than one part of the tests uses."""

from __future__ import annotations

import functools
import gc
import os
import shutil
import signal
from collections.abc import Callable, Hashable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

# What is imported stays: looking through all of it for garbage was two fifths of the time of the browser's tests.
gc.disable()

# Threads that wait for each other take far longer on a busy machine, and the tests themselves run side by side. It
# must be said before torch and FAISS are imported, and the processes that tests start inherit it.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Whoever runs the tests may have settings.
os.environ["IMGSEARCH_CONFIG"] = os.path.join(os.path.dirname(__file__), "no-settings.toml")  # noqa: PTH118, PTH120

import pytest
from filelock import FileLock
from hypothesis import settings
from hypothesis.internal.constants_ast import Constants

if TYPE_CHECKING:
    from captioning.model_file import ModelFile
    from tests.postgresql_server import Server

# What pytest loads to edit lines tells the processes that run tests side by side the size of a terminal that is none;
# browsers in real terminals would believe it.
for name in ("COLUMNS", "LINES"):
    os.environ.pop(name, None)

# A shell that starts the tests in the background has them ignore interrupts, and the processes that they start and
# interrupt would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

COLLECT_AFTER = (200_000, 4, 5)
"""New objects after which Python looks for cycles among the young, the older, and all; its own numbers are for less."""

# The same examples in every run, however long one takes.
settings.register_profile("same every time", derandomize=True, deadline=None, max_examples=50, database=None)
settings.load_profile("same every time")
# It also tries what stands as a constant in the modules that happen to be loaded, which are others in each process.
pytest.MonkeyPatch().setattr("hypothesis.internal.conjecture.providers._get_local_constants", Constants)


FORKED = ("tests/e2e/test_training.py", "tests/integration/", "tests/unit/captioning/training/test_distributed.py")
"""Tests that fork from a process that has loaded everything; each process that runs tests starts its own."""

BROWSER = "tests/functional/"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Has the first process begin with what forks, and the second one with the browser.

    Each gets an equal share of the list, and later takes from the end of another's: what is dear to set up is so set up
    in one of them, and what is short is left for the end.
    """
    forked = [item for item in items if item.nodeid.startswith(FORKED)]
    browser = [item for item in items if item.nodeid.startswith(BROWSER)]
    rest = [item for item in items if not item.nodeid.startswith((*FORKED, BROWSER))]
    share = len(items) // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    room = max(share - len(forked), 0)
    items[:] = forked + rest[:room] + browser + rest[room:]


def pytest_collection_finish() -> None:
    """Has torch compute in one thread, and looks for garbage only in what the tests make."""
    import torch  # not by the process that only hands tests out

    torch.set_num_threads(1)
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    gc.enable()


class CompiledStatements(dict[Any, Any]):
    """SQL of statements for all catalogues that a process opens, by the name of the dialect, not the engine's own."""

    MOST = 2_000

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get((key[0].name, *key[1:]), default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        if len(self) > self.MOST:
            self.clear()
        super().__setitem__((key[0].name, *key[1:]), compiled)


@pytest.fixture(scope="session", autouse=True)
def statements_are_compiled_once() -> Iterator[None]:
    """Each library would else compile the same statements anew, which takes longer than all that SQLite does."""
    import sqlalchemy

    connect = functools.partial(sqlalchemy.create_engine, execution_options={"compiled_cache": CompiledStatements()})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlalchemy, "create_engine", connect)
        yield


NETWORKS = 4
"""Compiled networks that a process keeps."""


@pytest.fixture(scope="session", autouse=True)
def networks_are_compiled_once() -> Iterator[None]:
    """Each command would else compile the same network anew, which takes longer than all that it then does."""
    from captioning.compiled import captioner

    compile_network, made = captioner.CompiledCaptioner, dict[Hashable, captioner.CompiledCaptioner]()

    def compile_once(file: ModelFile, *, cores: int) -> captioner.CompiledCaptioner:
        status = file.path.stat()
        key = (file.path, file.digest, status.st_ino, status.st_size, status.st_mtime_ns, cores)
        if key not in made:
            if len(made) == NETWORKS:
                del made[next(iter(made))]
            made[key] = compile_network(file, cores=cores)
        return made[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(captioner, "CompiledCaptioner", compile_once)
        yield


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Runs tests over each database: those marked so, or with `IMGSEARCH_EVERY_DATABASE` all that can."""
    marked = metafunc.definition.get_closest_marker
    if "database" not in metafunc.fixturenames or marked("library_in_a_folder"):
        return
    if marked("every_database") or os.environ.get("IMGSEARCH_EVERY_DATABASE"):
        metafunc.parametrize("database", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(scope="module")
def database(request: pytest.FixtureRequest) -> str:
    """In what the libraries of a test are: `sqlite`, in a folder, or `postgresql`, on a server."""
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of PostgreSQL, shared by the processes that run tests side by side; what lies here of it is apart."""
    from tests.postgresql_server import running_server

    with running_server() as running, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("caches")))
        yield running


MakeOnce = Callable[[str, Callable[[Path], object]], Path]


@pytest.fixture(scope="session")
def make_once(tmp_path_factory: pytest.TempPathFactory) -> MakeOnce:
    """Makes what tests only read and what takes long, by a name: once for all processes that run tests side by side.

    What it gives is a folder, filled by the first process that asks; the others wait for it.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def make(name: str, fill: Callable[[Path], object]) -> Path:
        folder, made = shared / name, shared / f"{name}.made"
        with FileLock(shared / f"{name}.lock"):
            if not made.exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                fill(folder)
                made.touch()
        return folder

    return make


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model file that runs in a moment."""
    from tests.tiny_model import write_tiny_model

    return write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.safetensors")


@pytest.fixture
def trash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The desktop's trash, empty and the test's own; the processes that a test starts have it, too."""
    from send2trash import plat_other

    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "data"))
    # Read when the package is imported.
    monkeypatch.setattr(plat_other, "XDG_DATA_HOME", os.fsencode(home / "data"))
    monkeypatch.setattr(plat_other, "HOMETRASH_B", os.fsencode(home / "data" / "Trash"))
    # Not that of the desktop whose libraries may be there.
    monkeypatch.setattr("send2trash.send2trash", plat_other.send2trash)
    return home / "data" / "Trash"
