"""The whole network: shapes, and gradient reaching every parameter."""

from __future__ import annotations

import pytest
import torch

from tests.tiny_model import tiny_config, tiny_network


@pytest.mark.parametrize(
    ("changes", "unused"),
    [
        ({}, ()),
        ({"encoder": "crnn"}, ()),
        # The plain decoder never looks at the grid.
        ({"decoder": "plain"}, ("encoder.grid_norm",)),
        ({"backbone": "resnet18"}, ()),
    ],
)
def test_gradient_reaches_every_parameter(changes: dict[str, object], unused: tuple[str, ...]) -> None:
    network = tiny_network(tiny_config(side=64, **changes)).train()
    pixels = torch.randint(0, 256, (4, 3, 64, 64), dtype=torch.uint8)
    ids = torch.tensor([[4, 5], [6, 7], [8, 9], [10, 11]])
    seen = network.encoder(pixels)
    image, text = network.encode_image(seen), network.encode_text(ids)
    logits = network.decoder(ids, network.encode_memory(seen))
    loss = (network.joint.scale * image @ text.T).square().sum() + logits.square().sum()
    (loss + network.keyword(seen.pooled).square().sum()).backward()
    lacking = [name for name, p in network.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert [name for name in lacking if not name.startswith(unused or ("none",))] == []


def test_shapes_of_the_whole_network() -> None:
    network = tiny_network(tiny_config(side=64))
    with torch.inference_mode():
        seen = network.encoder(torch.randint(0, 256, (3, 3, 64, 64), dtype=torch.uint8))
        assert seen.grid.shape == (3, 4, 1280)
        assert seen.pooled.shape == (3, 2560)
        assert network.encode_image(seen).shape == (3, 8)
        assert network.keyword(seen.pooled).shape == (3, 4)
