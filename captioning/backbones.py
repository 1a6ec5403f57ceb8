"""Convolutional backbones by name: torchvision's, and two mobile networks that torchvision lacks.

Axis legend: B batch, C channels, H and W grid rows and columns.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from captioning.errors import ModelFileError, UnknownBackboneError

IMAGENET_MEAN: Final = (0.485, 0.456, 0.406)
IMAGENET_STD: Final = (0.229, 0.224, 0.225)


@dataclass(frozen=True, slots=True)
class Normalization:
    """Mean and deviation per channel, for pixels scaled to [0, 1]."""

    mean: tuple[float, float, float]
    std: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Backbone:
    """A feature extractor with what one must know to use it.

    Attributes:
        features: Maps (B, 3, S, S) normalised pixels to (B, C, S/32, S/32) features.
        channels: C of the last feature map.
        normalization: What the pixels are normalised by.
    """

    features: nn.Module
    channels: int
    normalization: Normalization


class ConvNorm(nn.Sequential):
    """Convolution with TensorFlow's SAME padding, batch norm and an optional activation."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        kernel: int = 1,
        stride: int = 1,
        groups: int = 1,
        act: str = "linear",
    ) -> None:
        layers: list[nn.Module] = []
        if kernel > 1:
            layers.append(SamePadding(kernel, stride))
        layers.append(nn.Conv2d(inputs, outputs, kernel, stride, groups=groups, bias=False))
        layers.append(nn.BatchNorm2d(outputs, eps=1e-3))
        if act != "linear":
            layers.append({"relu": nn.ReLU, "relu6": nn.ReLU6}[act](inplace=True))
        super().__init__(*layers)

    @property
    def conv(self) -> nn.Conv2d:
        """The convolution."""
        return next(layer for layer in self if isinstance(layer, nn.Conv2d))

    @property
    def norm(self) -> nn.BatchNorm2d:
        """The batch norm."""
        return next(layer for layer in self if isinstance(layer, nn.BatchNorm2d))


class SamePadding(nn.Module):
    """Pads so that the output has ceil(size / stride) cells, the odd cell at the end, as TensorFlow does."""

    def __init__(self, kernel: int, stride: int) -> None:
        super().__init__()
        self.kernel = kernel
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        """Pads (B, C, H, W) with zeros."""
        pads = [self._pad(x.shape[-1]), self._pad(x.shape[-2])]
        return F.pad(x, [pads[0] // 2, pads[0] - pads[0] // 2, pads[1] // 2, pads[1] - pads[1] // 2])

    def _pad(self, size: int) -> int:
        return max((-(-size // self.stride) - 1) * self.stride + self.kernel - size, 0)


@dataclass(frozen=True, slots=True)
class BlockPlan:
    """One inverted bottleneck: a fused block merges expansion and spatial convolution into one."""

    expand: int
    out: int
    kernel: int = 3
    stride: int = 1
    fused: bool = False
    residual: bool | None = None


class InvertedBottleneck(nn.Module):
    """Expand, filter, project; with a shortcut where the shape stays (MobileNetV2, Sandler et al. 2018, fig. 3)."""

    def __init__(self, inputs: int, plan: BlockPlan, act: str) -> None:
        super().__init__()
        same_shape = plan.stride == 1 and inputs == plan.out
        self.residual = same_shape if plan.residual is None else plan.residual
        layers: list[nn.Module] = []
        width = plan.expand or inputs
        if plan.fused:
            layers.append(ConvNorm(inputs, width, kernel=plan.kernel, stride=plan.stride, act=act))
        else:
            if plan.expand:
                layers.append(ConvNorm(inputs, width, act=act))
            if plan.kernel > 1:
                layers.append(ConvNorm(width, width, kernel=plan.kernel, stride=plan.stride, groups=width, act=act))
        layers.append(ConvNorm(width, plan.out))
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        """Maps (B, inputs, H, W) to (B, out, H/stride, W/stride)."""
        y: Tensor = self.layers(x)
        return x + y if self.residual else y


def _mobile_network(plans: list[BlockPlan], act: str) -> nn.Sequential:
    blocks: list[nn.Module] = [ConvNorm(3, 32, kernel=3, stride=2, act=act)]
    width = 32
    for plan in plans:
        blocks.append(InvertedBottleneck(width, plan, act))
        width = plan.out
    blocks.append(ConvNorm(width, 1280, act=act))
    return nn.Sequential(*blocks)


def _stage(first: BlockPlan, then: BlockPlan, repeats: int) -> list[BlockPlan]:
    return [first, *[then] * repeats]


def _mobilenet_edgetpu() -> Backbone:
    plans = [
        BlockPlan(0, 16, kernel=1),
        *_stage(BlockPlan(128, 32, stride=2, fused=True), BlockPlan(128, 32, fused=True), 3),
        *_stage(BlockPlan(256, 48, stride=2, fused=True), BlockPlan(192, 48, fused=True), 3),
        *_stage(BlockPlan(384, 96, stride=2), BlockPlan(384, 96), 3),
        *_stage(BlockPlan(768, 96, residual=False), BlockPlan(384, 96), 3),
        *_stage(BlockPlan(768, 160, kernel=5, stride=2), BlockPlan(640, 160, kernel=5), 3),
        BlockPlan(1280, 192),
    ]
    # (RGB - 128) * 0.007874 in terms of pixels in [0, 1].
    scale = 1 / (255 * 0.007874)
    return Backbone(_mobile_network(plans, "relu"), 1280, Normalization((128 / 255,) * 3, (scale,) * 3))


def _efficientnet_lite0() -> Backbone:
    plans = [
        BlockPlan(0, 16),
        *_stage(BlockPlan(96, 24, stride=2), BlockPlan(144, 24), 1),
        *_stage(BlockPlan(144, 40, kernel=5, stride=2), BlockPlan(240, 40, kernel=5), 1),
        *_stage(BlockPlan(240, 80, stride=2), BlockPlan(480, 80), 2),
        *_stage(BlockPlan(480, 112, kernel=5), BlockPlan(672, 112, kernel=5), 2),
        *_stage(BlockPlan(672, 192, kernel=5, stride=2), BlockPlan(1152, 192, kernel=5), 3),
        BlockPlan(1152, 320),
    ]
    # RGB - 127 in terms of pixels in [0, 1]; the stem's weights hold the division by 128.
    return Backbone(_mobile_network(plans, "relu6"), 1280, Normalization((127 / 255,) * 3, (1 / 255,) * 3))


_OURS: Final[dict[str, Callable[[], Backbone]]] = {
    "efficientnet_lite0": _efficientnet_lite0,
    "mobilenet_edgetpu": _mobilenet_edgetpu,
}


def build_backbone(name: str, *, pretrained: bool = False) -> Backbone:
    """Builds a backbone by name.

    Args:
        name: `mobilenet_edgetpu`, `efficientnet_lite0`, or the name of a classification network of torchvision
            whose convolutional part gives one feature map (`resnet18`, `resnet50`, `mobilenet_v2`, ...).
        pretrained: Take torchvision's published weights from its cache; nothing is downloaded. The two mobile
            networks have none there: see `load_initial_weights`.

    Raises:
        UnknownBackboneError: No such network, or one without a single feature map.
        ModelFileError: The published weights are not in the cache, or damaged.
    """
    if name in _OURS:
        return _OURS[name]()
    import torchvision

    if name not in torchvision.models.list_models(module=torchvision.models):
        known = ", ".join([*sorted(_OURS), "resnet18", "resnet50", "mobilenet_v2"])
        raise UnknownBackboneError(f"there is no backbone {name!r}; known are {known} and torchvision's other networks")
    network = torchvision.models.get_model(name, weights=None)
    if hasattr(network, "features"):
        features = network.features
    elif hasattr(network, "layer4"):
        # By their names, so that published weights fit.
        parts = {key: child for key, child in network.named_children() if key not in ("avgpool", "fc")}
        features = nn.Sequential(OrderedDict(parts))
    else:
        raise UnknownBackboneError(f"the network {name!r} has no single feature map, so it cannot be a backbone")
    with torch.inference_mode():
        channels = features.eval()(torch.zeros(1, 3, 64, 64)).shape[1]
    backbone = Backbone(features, channels, Normalization(IMAGENET_MEAN, IMAGENET_STD))
    if pretrained:
        load_initial_weights(backbone, _published_weights(name))
    return backbone


def _published_weights(name: str) -> Path:
    """Where torchvision keeps the weights of one of its networks once it has downloaded them."""
    import torchvision

    address = torchvision.models.get_model_weights(name)["DEFAULT"].url
    path = Path(torch.hub.get_dir(), "checkpoints", address.rpartition("/")[2])
    if not path.is_file():
        raise ModelFileError(
            f"the published weights of {name} are not in torchvision's cache: put them at {path}, or name a file of "
            "weights in `initial_weights`"
        )
    return path


def load_initial_weights(backbone: Backbone, path: Path, calibration: Tensor | None = None) -> None:
    """Loads initial weights from a file into a freshly built backbone.

    A state dict as torchvision publishes them is loaded as it is, without the classifier. A file of folded
    convolutions (weight and bias in the order of the network) gets its batch norms back: each norm takes the
    measured mean and deviation of its convolution's output, and a weight and bias that leave the function
    unchanged, because a network with norms trains better.

    Args:
        backbone: Built by `build_backbone` without `pretrained`.
        path: A safetensors file, or a state dict that torch saved (`.pth`, `.pt`).
        calibration: Normalised pixels, shape (B, 3, S, S), float32, for folded convolutions; a hundred photographs do.

    Raises:
        ModelFileError: The file is missing, damaged, or does not fit the network.
    """
    tensors = _read_tensors(path)
    try:
        if any(key.endswith("running_mean") for key in tensors):
            own = {key.removeprefix("features."): value for key, value in tensors.items()}
            backbone.features.load_state_dict({key: own[key] for key in backbone.features.state_dict()})
        elif calibration is not None:
            _load_folded(backbone.features, tensors, calibration, _layer_order(path))
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


def fuse_norms(module: nn.Module) -> None:
    """Folds every batch norm into the convolution right before it, in place; the function stays the same."""
    for child in module.children():
        fuse_norms(child)
    if not isinstance(module, nn.Sequential):
        return
    for index in range(1, len(module)):
        conv, norm = module[index - 1], module[index]
        if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
            module[index - 1] = nn.utils.fusion.fuse_conv_bn_eval(conv, norm)
            module[index] = nn.Identity()
