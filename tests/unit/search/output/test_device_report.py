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


def test_a_processor_without_openvino_is_remarked_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "openvino_version", lambda: None)
    network, vectors = device_report(CPU)
    assert network.reason == f"{CPU.reason}; OpenVINO is not installed: describing takes longer, in torch"
    assert vectors.reason == CPU.reason
