"""A run on a Ray cluster of two nodes; it is one test, so that the cluster is started once.

It is not in the default run: Ray itself gives up starting a node on a machine that is busy for a quarter of a minute.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from index_data.cluster import connection
from index_data.cluster.connection import ProcessPool, connected_pool
from index_data.cluster.reader import ClusterReader
from index_data.cluster.tasks import BROKE_DOWN
from index_data.errors import ClusterError
from index_data.library import Library
from index_data.scan.events import Event, FileSetAside, ScanFinished, ScanProgressed
from index_data.scan.pipeline import index_folders
from tests.e2e.cluster_process import DEADLY, mortal_opener
from tests.e2e.conftest import Imgsearch
from tests.films import make_film
from tests.libraries import new_library
from tests.patience import PATIENCE
from tests.unit.index_data.cluster.stand_in import rows
from tests.unit.index_data.conftest import FakeDescriber, index, paint

ROOT = Path(__file__).parents[2]

# What asks for a machine other than this one is written down. A datagram socket that is connected sends nothing: it
# is how programs learn the address of their own machine.
GUARD = """
import os, socket, sys
OWN = {None, "", "localhost", "0.0.0.0", "::", "::1", b"localhost", os.environ["OWN_NAME"], os.environ["OWN_ADDRESS"]}
def note(event, arguments):
    if event in ("socket.connect", "socket.sendto") and arguments[0].family in (socket.AF_INET, socket.AF_INET6):
        host = arguments[1][0] if arguments[0].type != socket.SOCK_DGRAM or event == "socket.sendto" else None
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
    else:
        return
    if host not in OWN and not str(host).startswith("127."):
        with open(os.environ["GUARD_NOTES"], "a") as notes:
            notes.write(f"{sys.argv[:1]} {event} {host}\\n")
sys.addaudithook(note)
"""


class Nodes:
    """The cluster, and the address at which it answers."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.address = self._said()

    def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(PATIENCE)

    def kill_second(self) -> None:
        assert self._process.stdin is not None
        print("kill", file=self._process.stdin, flush=True)
        assert self._said() == "killed"

    def _said(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


def own_address() -> str:
    """The address under which Ray knows this machine."""
    from ray import util

    address: str = cast(Any, util).get_node_ip_address()
    return address


@contextmanager
def cluster(scratch: Path) -> Iterator[tuple[Nodes, Path]]:
    """Starts the nodes, and gives the file of what they asked of other machines."""
    (scratch / "guard").mkdir()
    (scratch / "guard" / "sitecustomize.py").write_text(GUARD)
    notes = scratch / "notes.txt"
    notes.touch()
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(scratch / "guard"), str(ROOT), os.environ.get("PYTHONPATH", "")]),
        "GUARD_NOTES": str(notes),
        "OWN_NAME": os.uname().nodename,
        "OWN_ADDRESS": own_address(),
    }
    asked = "import socket; socket.create_connection(('192.0.2.1', 9), timeout=0.01)"
    subprocess.run([sys.executable, "-c", asked], env=environment, check=False, capture_output=True, timeout=PATIENCE)
    assert "192.0.2.1" in notes.read_text()
    notes.write_text("")
    with subprocess.Popen(
        [sys.executable, "-m", "tests.e2e.cluster_process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
        cwd=ROOT,
    ) as process:
        nodes = Nodes(process)
        try:
            yield nodes, notes
        finally:
            nodes.end()


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Ray starts several nodes on one machine on Unix alone")
def test_two_nodes_store_what_one_machine_would_and_one_of_them_may_die(
    tmp_path: Path, imgsearch: Imgsearch, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "p"
    for number in range(60):
        paint(folder / f"{number:02d}.png", (4 * number, 10, 200))
    (folder / "broken.png").write_text("this is no picture")
    make_film(folder / "film.mp4", [("red", 1.0)], gop=10)
    deadly = os.fsencode(paint(folder / "33 deadly.png", DEADLY))
    with new_library(tmp_path / "alone") as alone:
        index(alone, folder, FakeDescriber())
        expected = rows(alone)
    describer, remarks = FakeDescriber(), list[str]()
    # Soon given up, once it is gone.
    monkeypatch.setitem(connection.QUIETLY, "RAY_gcs_rpc_server_reconnect_timeout_s", "1")
    with cluster(tmp_path) as (nodes, notes), new_library(tmp_path / "library") as library:

        def connect() -> AbstractContextManager[ProcessPool]:
            return connected_pool(
                nodes.address, mortal_opener, model=describer.identity.id, device="cpu", remark=remarks.append
            )

        told: list[Event] = []
        with connect() as pool:
            for event in index_folders(library, [folder], describer, reader=ClusterReader(pool)):
                if not any(isinstance(earlier, ScanProgressed) and earlier.arrivals for earlier in told):
                    first = isinstance(event, ScanProgressed) and event.arrivals
                    if first:
                        nodes.kill_second()
                told.append(event)
        finished = told[-1]
        assert isinstance(finished, ScanFinished)
        assert FileSetAside(deadly, BROKE_DOWN) in told
        assert finished.counts.set_aside == 2
        assert [remark for remark in remarks if "is gone" in remark]
        stored = rows(library)
        assert stored["places"] == [row for row in expected["places"] if row[0] != deadly]
        assert stored["moments"] == expected["moments"]
        assert len(stored["captions"]) == len(expected["captions"]) - 1
        assert set(stored["captions"]) < set(expected["captions"])

        mine = Imgsearch(tmp_path / "mine", imgsearch.model)
        done = mine.run("index", photos, "--ray", nodes.address)
        assert (done.returncode, done.stdout, done.stderr.splitlines()[-1]) == (0, b"", b"5 new")
        with Library.open(mine.library) as on_nodes, Library.open(imgsearch.library) as on_one:
            assert rows(on_nodes)["places"] == rows(on_one)["places"]
            assert rows(on_nodes)["captions"] == rows(on_one)["captions"]
        assert notes.read_text() == ""

        for number in range(200):
            paint(folder / "more" / f"{number}.png", (number, 99, 1))
        with connect() as pool:
            events = index_folders(library, [folder], describer, reader=ClusterReader(pool))
            assert any(isinstance(event, ScanProgressed) and event.arrivals for event in events)
            nodes.end()
            with pytest.raises(ClusterError, match="no longer answers; what was read is stored"):
                list(events)
        assert library.status().images > 62
