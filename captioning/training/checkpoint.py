"""The state of an unfinished training, in one safetensors file that a later run goes on from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.optim import Optimizer

from captioning.errors import ModelFileError
from captioning.files import replacing

FORMAT = 1


@dataclass(slots=True)
class Progress:
    """Where a training stands.

    Attributes:
        stage: Index of the stage under way.
        epoch: Epochs of that stage that are done.
        step: Steps of the epoch under way that are done.
        losses: Sums of the losses over those steps, each divided by the epoch's steps.
        total_steps: Steps done since the beginning, over all stages.
        best: The highest validation score so far.
        history: One row of losses and scores per finished epoch.
        teacher: Name of the file that holds what the teacher says since it was trained anew; empty before.
    """

    stage: int = 0
    epoch: int = 0
    step: int = 0
    losses: dict[str, float] = field(default_factory=dict)
    total_steps: int = 0
    best: float = float("-inf")
    history: list[dict[str, Any]] = field(default_factory=list)
    teacher: str = ""


def save_checkpoint(
    path: Path,
    network: nn.Module,
    average: Mapping[str, Tensor],
    optimizer: Optimizer,
    progress: Progress,
    *,
    header: Mapping[str, Any],
) -> None:
    """Writes everything a training needs to go on, and replaces the former checkpoint at once.

    Tensors keep their shapes and dtypes; `average` holds those of the network, averaged, by their names there.

    Raises:
        OSError: The disk is full, or the folder takes no files; the former checkpoint is untouched.
    """
    tensors = {f"network.{key}": value for key, value in network.state_dict().items()}
    tensors |= {f"average.{key}": value for key, value in average.items()}
    names = {id(parameter): name for name, parameter in network.named_parameters()}
    for parameter, state in optimizer.state.items():
        for key, value in state.items():
            tensors[f"optimizer.{names[id(parameter)]}|{key}"] = torch.as_tensor(value)
    # The decoder's output shares its matrix with its word vectors; a file holds each tensor by itself.
    tensors = {key: value.detach().clone().contiguous() for key, value in tensors.items()}
    metadata = {"header": json.dumps(header), "progress": json.dumps(_fields(progress)), "format": str(FORMAT)}
    metadata["digest"] = _digest(metadata, tensors)
    with replacing(path, private=False) as fresh:
        save_file(tensors, fresh, metadata=metadata)


def read_header(path: Path) -> dict[str, Any]:
    """Reads what the checkpoint was saved with.

    Raises:
        ModelFileError: The file is damaged, no checkpoint, or of another version.
    """
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata()
            if metadata["format"] != str(FORMAT):
                raise ModelFileError(
                    f"the checkpoint {path} has format {metadata['format']}, "
                    f"this version of imgsearch goes on from format {FORMAT}"
                )
            header: dict[str, Any] = json.loads(metadata["header"])
            return header
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise ModelFileError(f"the checkpoint {path} could not be read: {error}") from error


def load_checkpoint(path: Path, network: nn.Module, average: dict[str, Tensor]) -> tuple[Progress, dict[str, Tensor]]:
    """Fills the network and its averaged weights.

    Returns:
        Where the training stands, and the optimiser's tensors for `restore_optimizer`.

    Raises:
        ModelFileError: The file was damaged or changed, or does not fit the network.
    """
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata()
            progress = Progress(**json.loads(metadata["progress"]))
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        if _digest(metadata, tensors) != metadata["digest"]:
            raise ValueError("it was changed or damaged since it was written")
        network.load_state_dict(_under("network.", tensors))
        for key, value in _under("average.", tensors).items():
            # Into the tensor that is there, which lies on the network's device.
            average[key].copy_(value)
        return progress, _under("optimizer.", tensors)
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        cause = " ".join(str(error).split())
        raise ModelFileError(f"the checkpoint {path} could not be loaded: {cause}") from error


def restore_optimizer(optimizer: Optimizer, network: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Gives a fresh optimiser the moments that a checkpoint holds, each of the shape and dtype of its parameter."""
    parameters = dict(network.named_parameters())
    for key, value in tensors.items():
        name, _, entry = key.partition("|")
        parameter = parameters[name]
        # The optimiser counts its steps on the CPU, wherever the parameters are.
        device = value.device if entry == "step" else parameter.device
        optimizer.state[parameter][entry] = value.to(device, copy=True)


def _digest(metadata: Mapping[str, str], tensors: Mapping[str, Tensor]) -> str:
    digest = hashlib.sha256("".join(metadata[key] for key in ("format", "header", "progress")).encode())
    for key in sorted(tensors):
        digest.update(key.encode())
        digest.update(tensors[key].cpu().contiguous().numpy().data)
    return digest.hexdigest()


def _under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}


def _fields(progress: Progress) -> dict[str, Any]:
    return {name: getattr(progress, name) for name in Progress.__dataclass_fields__}
