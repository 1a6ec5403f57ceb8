"""Tells what keeps a model from running compiled, without loading anything, so that every face can say it."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from captioning.config import ModelConfig
from captioning.network.mobile_plans import MOBILE_PLANS


def obstacle(config: ModelConfig) -> str | None:
    """Why a network of these sizes runs in torch on a processor, as a clause; none where it runs compiled."""
    if config.backbone not in MOBILE_PLANS:
        return f"the backbone {config.backbone} runs in torch alone"
    if config.encoder != "grid":
        return "an encoder that reads rows runs in torch alone"
    if config.decoder != "attention":
        return "a plain writer runs in torch alone"
    if openvino_version() is None:
        return "OpenVINO is not installed"
    return None


def openvino_version() -> str | None:
    """The version of OpenVINO that is installed, if any is."""
    try:
        return version("openvino") if find_spec("openvino") else None
    except PackageNotFoundError:
        return None
