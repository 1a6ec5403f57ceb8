"""The picture side as a graph: pixels in; places in the joint space, keywords, and what the writer looks at out.

Axis legend: B pictures, S pixels per side, N cells, C channels, D joint size, H hidden size, A attention heads,
K keywords.
"""

from __future__ import annotations

import math

import numpy as np

from captioning.compiled.program import Node, Program, constant, linear, ops, parameter, reshape, transpose
from captioning.compiled.weights import Array, LSTMWeights, Weights
from captioning.config import ATTENTION_HEADS, ModelConfig
from captioning.network.mobile_plans import HEAD_CHANNELS, MOBILE_PLANS, NORM_EPSILON, STEM_CHANNELS, BlockPlan

PICTURES = 4
"""Those in the encoder at a time, B: fewer read the weights more often; more, or any number, take memory and time."""

LAYER_NORM_EPSILON = 1e-5
NORMALIZE_EPSILON = 1e-12
"""Torch's own, by which layer norm and the joint space were trained."""


def build_encoder(weights: Weights, config: ModelConfig, lower: LSTMWeights, *, keywords: int, threads: int) -> Program:
    """Compiles the picture side.

    It maps pixels (B, S, S, 3), uint8, to float32: places in the joint space (B, D), unit vectors; probabilities of
    the keywords (B, K); the writer's keys (B, A, H / A, N) and values (B, A, N, H / A); and the part (B, 4H) of the
    attention LSTM's gates, whose weights are `lower`, that the picture gives.
    """
    pixels = parameter([PICTURES, config.side, config.side, 3], np.uint8)
    maps = _Backbone(weights, config.backbone).build(pixels)
    grid = transpose(reshape(maps, 0, 0, -1), 0, 2, 1)
    spatial = constant([2, 3])
    pooled = ops.concat([ops.reduce_mean(maps, spatial, False), ops.reduce_max(maps, spatial, False)], 1)
    grid = _layer_norm(weights, "encoder.grid_norm", grid, HEAD_CHANNELS)
    pooled = _layer_norm(weights, "encoder.pooled_norm", pooled, 2 * HEAD_CHANNELS)
    embeddings = project(weights, "joint.image", pooled, 2 * HEAD_CHANNELS, config.joint)
    words = ops.sigmoid(_linear(weights, "keyword.1", pooled, 2 * HEAD_CHANNELS, keywords))
    keys, values, gates = _memory(weights, config, lower, grid, pooled, embeddings)
    return Program([pixels], [embeddings, words, keys, values, gates], threads=threads, half=True)


def project(weights: Weights, name: str, x: Node, inputs: int, joint: int) -> Node:
    """A projection to the joint space, as `captioning.network.joint.Projection` makes it: unit vectors (B, D)."""
    inner = ops.relu(_linear(weights, f"{name}.inner", x, inputs, joint))
    outer = _linear(weights, f"{name}.outer", inner, joint, joint)
    place = ops.add(_linear(weights, f"{name}.straight", x, inputs, joint), outer)
    return ops.normalize_l2(place, constant([1]), NORMALIZE_EPSILON**2, "max")


def _memory(
    weights: Weights, config: ModelConfig, lower: LSTMWeights, grid: Node, pooled: Node, embeddings: Node
) -> tuple[Node, Node, Node]:
    """What the decoder's `encode_memory` prepares, in the shapes in which the writer multiplies."""
    hidden, cells = config.hidden, config.embedding_cells
    values = _linear(weights, "decoder.value", grid, HEAD_CHANNELS, hidden)
    picture = _linear(weights, "decoder.gist", pooled, 2 * HEAD_CHANNELS, hidden)
    if cells:
        scaled = ops.multiply(embeddings, constant(math.sqrt(config.joint)))
        read = reshape(
            _linear(weights, "decoder.joint_input", scaled, config.joint, (1 + cells) * hidden), 0, 1 + cells, hidden
        )
        more, own = ops.variadic_split(read, constant(1), constant([1, cells])).outputs()
        picture = ops.add(picture, reshape(more, 0, hidden))
        values = ops.concat([values, own], 1)
    values = ops.relu(values)
    keys = _linear(weights, "decoder.key", values, hidden, hidden)
    gates = linear(ops.relu(picture), lower.inputs[:, config.word_size :], lower.bias)
    size = hidden // ATTENTION_HEADS
    heads = [reshape(part, 0, 0, ATTENTION_HEADS, size) for part in (keys, values)]
    return transpose(heads[0], 0, 2, 3, 1), transpose(heads[1], 0, 2, 1, 3), gates


class _Backbone:
    """A mobile network, with every batch norm folded into its convolution."""

    def __init__(self, weights: Weights, name: str) -> None:
        self._weights, self._plan = weights, MOBILE_PLANS[name]

    def build(self, pixels: Node) -> Node:
        """Maps pixels (B, S, S, 3), uint8, to (B, C, S/32, S/32)."""
        plan = self._plan
        x = transpose(ops.convert(pixels, "f32"), 0, 3, 1, 2)
        x = ops.multiply(ops.subtract(x, constant(255 * plan.mean)), constant(1 / (255 * plan.std)))
        x = self._conv_norm("0", x, 3, STEM_CHANNELS, kernel=3, stride=2, act=True)
        width = STEM_CHANNELS
        for number, block in enumerate(plan.blocks, 1):
            x = self._block(f"{number}.layers", x, width, block)
            width = block.out
        return self._conv_norm(str(len(plan.blocks) + 1), x, width, HEAD_CHANNELS, act=True)

    def _block(self, name: str, x: Node, inputs: int, block: BlockPlan) -> Node:
        width, layers, y = block.expand or inputs, 0, x
        if block.fused:
            y = self._conv_norm(f"{name}.0", y, inputs, width, kernel=block.kernel, stride=block.stride, act=True)
            layers = 1
        else:
            if block.expand:
                y = self._conv_norm(f"{name}.0", y, inputs, width, act=True)
                layers = 1
            if block.kernel > 1:
                where = f"{name}.{layers}"
                y = self._conv_norm(
                    where, y, width, width, kernel=block.kernel, stride=block.stride, each=True, act=True
                )
                layers += 1
        y = self._conv_norm(f"{name}.{layers}", y, width, block.out)
        return ops.add(x, y) if block.has_shortcut(inputs) else y

    def _conv_norm(
        self,
        name: str,
        x: Node,
        inputs: int,
        outputs: int,
        *,
        kernel: int = 1,
        stride: int = 1,
        each: bool = False,
        act: bool = False,
    ) -> Node:
        """A convolution, of each channel alone if asked for, its norm, and the activation."""
        at = f"encoder.backbone.{name}."
        first = 1 if kernel > 1 else 0
        weight = self._weights.take(f"{at}{first}.weight", outputs, 1 if each else inputs, kernel, kernel)
        gain, bias, mean, variance = (
            self._weights.take(f"{at}{first + 1}.{kind}", outputs)
            for kind in ("weight", "bias", "running_mean", "running_var")
        )
        scale = gain / np.sqrt(variance + np.float32(NORM_EPSILON))
        weight = weight * scale[:, None, None, None]
        # Same padding is TensorFlow's, with the odd cell at the end.
        way = ([stride, stride], [0, 0], [0, 0], [1, 1], "SAME_UPPER")
        if each:
            y = ops.group_convolution(x, constant(weight[:, None]), *way)
        else:
            y = ops.convolution(x, constant(weight), *way)
        y = ops.add(y, constant((bias - mean * scale)[None, :, None, None]))
        if not act:
            return y
        return ops.relu(y) if self._plan.act == "relu" else ops.clamp(y, 0.0, 6.0)


def _linear(weights: Weights, name: str, x: Node, inputs: int, outputs: int) -> Node:
    return linear(x, weights.take(f"{name}.weight", outputs, inputs), weights.take(f"{name}.bias", outputs))


def _layer_norm(weights: Weights, name: str, x: Node, size: int) -> Node:
    normed = ops.mvn(x, constant([-1]), True, LAYER_NORM_EPSILON, "INSIDE_SQRT")
    gain: Array = weights.take(f"{name}.weight", size)
    return ops.add(ops.multiply(normed, constant(gain)), constant(weights.take(f"{name}.bias", size)))
