"""Fills a freshly built backbone with initial weights: published ones, or a file of folded convolutions."""

from __future__ import annotations

import json
from pathlib import Path
from pickle import UnpicklingError

import torch
from torch import Tensor, nn

from captioning.errors import ModelFileError
from captioning.network.mobile_networks import ConvNorm


def published_weights(name: str) -> Path:
    """Where torchvision keeps the weights of one of its networks once it has downloaded them.

    Raises:
        ModelFileError: They are not there.
    """
    import torchvision

    address = torchvision.models.get_model_weights(name)["DEFAULT"].url
    path = Path(torch.hub.get_dir(), "checkpoints", address.rpartition("/")[2])
    if not path.is_file():
        raise ModelFileError(
            f"the published weights of {name} are not in torchvision's cache: put them at {path}, or name a file of "
            "weights in `initial_weights`"
        )
    return path


def load_initial_weights(features: nn.Module, path: Path, calibration: Tensor | None = None) -> None:
    """Loads initial weights from a file into a freshly built backbone.

    A state dict as torchvision publishes them is loaded as it is, without the classifier, and one with the names of the
    common PyTorch port of EfficientNet (`_blocks.0._expand_conv.weight`) in the order of its layers. A file of folded
    convolutions (weight and bias in the order of the network) gets its batch norms back: each norm takes the
    measured mean and deviation of its convolution's output, and a weight and bias that leave the function
    unchanged, because a network with norms trains better.

    Args:
        features: Those of a backbone that was built without `pretrained`.
        path: A safetensors file, or a state dict that torch saved (`.pth`, `.pt`).
        calibration: Normalised pixels, shape (B, 3, S, S), float32, for folded convolutions; a hundred photographs do.

    Raises:
        ModelFileError: The file is missing, damaged, or does not fit the network.
    """
    tensors = _read_tensors(path)
    try:
        if "_conv_stem.weight" in tensors:
            _load_ported(features, tensors)
        elif any(key.endswith("running_mean") for key in tensors):
            own = {key.removeprefix("features."): value for key, value in tensors.items()}
            features.load_state_dict({key: own[key] for key in features.state_dict()})
        elif calibration is not None:
            _load_folded(features, tensors, calibration, _layer_order(path))
        else:
            raise KeyError("running_mean")
    except (RuntimeError, KeyError, ValueError) as error:
        raise ModelFileError(f"the initial weights {path} do not fit this backbone: {error}") from error


def _read_tensors(path: Path) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        if path.suffix in (".pth", ".pt"):
            read = torch.load(path, map_location="cpu", weights_only=True)
        else:
            read = load_file(path)
        return {key: value.float() if value.is_floating_point() else value for key, value in read.items()}
    except (OSError, SafetensorError, UnpicklingError, RuntimeError, AttributeError, EOFError) as error:
        raise ModelFileError(f"the initial weights {path} could not be read: {error}") from error


def _layer_order(path: Path) -> list[str]:
    """Names of the folded convolutions in network order, from the `.layers.json` beside the weights."""
    listing = path.with_suffix(".layers.json")
    try:
        layers = json.loads(listing.read_text())["layers"]
        return [layer[0] for layer in layers if layer[0] != "ADD"]
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise ModelFileError(f"the order of the layers is not in {listing}: {error}") from error


def _load_ported(features: nn.Module, tensors: dict[str, Tensor]) -> None:
    layers = [("_conv_stem", "_bn0")]
    parts = (("_expand_conv", "_bn0"), ("_depthwise_conv", "_bn1"), ("_project_conv", "_bn2"))
    block = 0
    while f"_blocks.{block}._project_conv.weight" in tensors:
        names = [(f"_blocks.{block}.{conv}", f"_blocks.{block}.{norm}") for conv, norm in parts]
        layers += [(conv, norm) for conv, norm in names if f"{conv}.weight" in tensors]
        block += 1
    layers.append(("_conv_head", "_bn1"))
    blocks = [module for module in features.modules() if isinstance(module, ConvNorm)]
    for module, (conv, norm) in zip(blocks, layers, strict=True):
        module.conv.load_state_dict({"weight": tensors[f"{conv}.weight"]})
        state = module.norm.state_dict()
        module.norm.load_state_dict({name: tensors.get(f"{norm}.{name}", state[name]) for name in state})


@torch.inference_mode()
def _load_folded(features: nn.Module, tensors: dict[str, Tensor], calibration: Tensor, order: list[str]) -> None:
    blocks = [module for module in features.modules() if isinstance(module, ConvNorm)]
    means: dict[ConvNorm, tuple[Tensor, Tensor]] = {}
    hooks = []
    for block, name in zip(blocks, order, strict=False):
        weight, bias = tensors[f"{name}.weight"], tensors[f"{name}.bias"]
        if weight.shape != block.conv.weight.shape:
            raise ValueError(f"layer {name} has the shape {tuple(weight.shape)}")
        block.conv.weight.copy_(weight)
        block.norm.running_var.fill_(1 - block.norm.eps)  # type: ignore[union-attr]
        block.norm.bias.copy_(bias)

        def measure(_: nn.Module, __: object, output: Tensor, block: ConvNorm = block) -> None:
            means[block] = (output.mean((0, 2, 3)), output.var((0, 2, 3)))

        hooks.append(block.conv.register_forward_hook(measure))
    features.eval()(calibration)
    for hook in hooks:
        hook.remove()
    for block, (mean, variance) in means.items():
        norm = block.norm
        norm.running_mean.copy_(mean)  # type: ignore[union-attr]
        norm.running_var.copy_(variance)  # type: ignore[union-attr]
        norm.weight.copy_((variance + norm.eps).sqrt())
        norm.bias.add_(mean)
