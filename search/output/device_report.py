"""Tells what the network and the vectors run on, and why, as every command would decide it."""

from __future__ import annotations

from dataclasses import dataclass

from captioning.compiled.obstacles import openvino_version
from captioning.runtime.devices import Device
from index_data.vectors.faiss_library import gpu_obstacle


@dataclass(frozen=True, slots=True)
class DeviceUse:
    """What one part of the program runs on.

    Attributes:
        part: `network` or `vectors`.
        device: `cpu` or `cuda:N`.
        reason: Why, as a clause.
    """

    part: str
    device: str
    reason: str


def device_report(device: Device) -> tuple[DeviceUse, ...]:
    """What the parts run on, given the device that was chosen; neither torch nor FAISS is loaded for it."""
    network = DeviceUse("network", device.name, device.reason if device.gpu is not None else _by_what(device))
    obstacle = gpu_obstacle() if device.gpu is not None else device.reason
    if obstacle:
        return network, DeviceUse("vectors", "cpu", obstacle)
    return network, DeviceUse("vectors", device.name, "a copy of the index, for many questions")


def _by_what(device: Device) -> str:
    """Why a processor describes, and by which library it describes the more slowly, if it does."""
    if openvino_version() is None:
        return f"{device.reason}; OpenVINO is not installed: describing takes longer, in torch"
    return device.reason
