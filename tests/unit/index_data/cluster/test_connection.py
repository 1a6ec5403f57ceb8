"""What is said where a cluster cannot be reached."""

from __future__ import annotations

import json
import socket
import subprocess
import sys

import pytest

from captioning.errors import DeviceError
from index_data.cluster import connection
from index_data.cluster.connection import ProcessPool, connected
from index_data.cluster.node_worker import OpenDescriber
from index_data.errors import ClusterAddressError, ClusterError
from tests.patience import PATIENCE


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


def test_a_cluster_that_reports_to_its_makers_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from index_data.cluster import ray_process

    facts = {"ray_version": "2.60.0", "python_version": "3.11.7"}
    monkeypatch.setattr("ray.init", lambda **options: None)
    monkeypatch.setattr(ray_process, "_internal_kv_get", lambda key, namespace: json.dumps(facts).encode())
    said: list[str] = []
    ray_process.connect("head:1", opener, model="m@1", device="auto", remarks=said)
    # What Ray keeps of a cluster where reports are on.
    facts["os"] = "linux"
    with pytest.raises(ClusterError, match="reports how it is used to Ray's makers: start it with RAY_USAGE_STATS_EN"):
        ray_process.connect("head:1", opener, model="m@1", device="auto", remarks=said)


def opener(cores: int) -> OpenDescriber:
    raise AssertionError("nobody works here")


def test_ray_reports_nothing_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    usual, environments = subprocess.Popen, []

    def start(command: list[str], *, env: dict[str, str], **options: object) -> object:
        environments.append(env)
        asked = "from ray._common.usage.usage_lib import usage_stats_enabled as on; import os; os._exit(40 + on())"
        return usual([sys.executable, "-c", asked], env=env, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "Popen", start)
    monkeypatch.delenv("RAY_USAGE_STATS_ENABLED", raising=False)
    pool = ProcessPool("head:1", print)
    assert pool._process.wait(PATIENCE) == 40
    pool.close()
    assert environments[0]["RAY_USAGE_STATS_ENABLED"] == "0"
