"""Convolutional backbones by name: torchvision's, and mobile networks that torchvision lacks.

Axis legend: B batch, C channels, S pixels per side.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

import torch
from torch import nn

from captioning.errors import UnknownBackboneError
from captioning.network.initial_weights import load_initial_weights, published_weights
from captioning.network.mobile_networks import build_mobile_network
from captioning.network.mobile_plans import HEAD_CHANNELS, MOBILE_PLANS

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


def build_backbone(name: str, *, pretrained: bool = False) -> Backbone:
    """Builds a backbone by name.

    Args:
        name: `mobilenet_edgetpu`, `efficientnet_lite0`, `efficientnet_lite2`, or the name of a classification network
            of torchvision whose convolutional part gives one feature map (`resnet18`, `resnet50`, `mobilenet_v2`, ...).
        pretrained: Take torchvision's published weights from its cache; nothing is downloaded. The mobile
            networks have none there: see `captioning.network.initial_weights`.

    Raises:
        UnknownBackboneError: No such network, or one without a single feature map.
        ModelFileError: The published weights are not in the cache, or damaged.
    """
    if plan := MOBILE_PLANS.get(name):
        normalization = Normalization((plan.mean,) * 3, (plan.std,) * 3)
        return Backbone(build_mobile_network(plan), HEAD_CHANNELS, normalization)
    import torchvision

    if name not in torchvision.models.list_models(module=torchvision.models):
        known = ", ".join([*sorted(MOBILE_PLANS), "resnet18", "resnet50", "mobilenet_v2"])
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
        load_initial_weights(backbone.features, published_weights(name))
    return backbone


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
