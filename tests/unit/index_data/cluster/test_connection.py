"""What is said where a cluster cannot be reached."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from captioning.errors import DeviceError
from index_data.cluster import connection
from index_data.cluster.connection import ProcessPool, connected
from index_data.errors import ClusterAddressError, ClusterError


def reach(address: str, device: str = "auto") -> None:
    with connected(address, device=device, remark=print):
        pass


@pytest.mark.parametrize("address", ["here", "ray://head:10001", "head:", "user@head:1", "http://head:1"])
def test_what_is_no_address_is_told(address: str) -> None:
    with pytest.raises(ClusterAddressError, match="is auto or HOST:PORT, not "):
        reach(address)


def test_where_nothing_answers_is_told_at_once() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(ClusterError, match=f"nothing answers at {address}: Connection refused"):
        reach(address)
    with pytest.raises(ClusterAddressError, match="there is no port 99999"):
        reach("127.0.0.1:99999")


def test_no_machine_but_this_one_knows_a_device_by_its_number() -> None:
    with pytest.raises(DeviceError, match="must be auto, cpu or cuda, not 'cuda:1'"):
        reach("auto", "cuda:1")


def test_without_ray_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "find_spec", lambda name: None)
    with pytest.raises(ClusterError, match=r"pip install 'imgsearch-photos\[ray\]'"):
        reach("auto")


def test_a_process_that_ends_is_a_cluster_that_no_longer_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = subprocess.Popen

    def end_at_once(command: list[str], **options: object) -> object:
        return usual([sys.executable, "-c", ""], **options)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "Popen", end_at_once)
    pool = ProcessPool("head:1", print)
    with pytest.raises(ClusterError, match="the Ray cluster head:1 no longer answers; what was read is stored"):
        pool.start([])
    pool.close()
