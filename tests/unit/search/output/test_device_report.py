from __future__ import annotations

import pytest

from captioning.runtime.devices import CPU, Device
from search.output import device_report as module
from search.output.device_report import DeviceUse, device_report


def test_without_a_gpu_both_parts_say_why() -> None:
    parts = device_report(Device(reason="there is no CUDA driver"))
    assert parts == (
        DeviceUse("network", "cpu", "there is no CUDA driver"),
        DeviceUse("vectors", "cpu", "there is no CUDA driver"),
    )
    assert device_report(CPU)[1].device == "cpu"


def test_vectors_stay_where_faiss_can_search(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = Device("cuda:1", "Large One, 70.0 GB of 80.0 GB free", free=70 * 2**30)
    monkeypatch.setattr(module, "gpu_obstacle", lambda: "this FAISS was built without CUDA")
    network, vectors = device_report(chosen)
    assert (network.device, network.reason) == ("cuda:1", chosen.reason)
    assert vectors == DeviceUse("vectors", "cpu", "this FAISS was built without CUDA")
    monkeypatch.setattr(module, "gpu_obstacle", lambda: None)
    assert device_report(chosen)[1].device == "cuda:1"
