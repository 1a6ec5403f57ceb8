from __future__ import annotations

import pytest
import torch
from torch import nn

from captioning.errors import ConfigurationError
from captioning.network.backbones import IMAGENET_MEAN, IMAGENET_STD, Backbone, Normalization, build_backbone
from captioning.network.image_encoder import ImageEncoder

PLAIN = Normalization((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))


def test_pixels_are_normalised_as_the_backbone_was_trained() -> None:
    pixels = torch.randint(0, 256, (2, 3, 4, 4), dtype=torch.uint8)
    imagenet = ImageEncoder(Backbone(nn.Identity(), 3, Normalization(IMAGENET_MEAN, IMAGENET_STD)))
    expected = (pixels[:, 1] / 255 - 0.456) / 0.224
    torch.testing.assert_close(imagenet.normalize(pixels)[:, 1], expected)
    # The two mobile networks' own formulas, in pixels from 0 to 255.
    edgetpu = ImageEncoder(build_backbone("mobilenet_edgetpu"))
    torch.testing.assert_close(edgetpu.normalize(pixels), (pixels.float() - 128) * 0.007874, rtol=1e-4, atol=1e-5)
    lite = ImageEncoder(build_backbone("efficientnet_lite0"))
    torch.testing.assert_close(lite.normalize(pixels), pixels.float() - 127, rtol=1e-4, atol=1e-4)


def test_the_grid_lists_cells_row_by_row_and_pooled_is_mean_and_maximum() -> None:
    encoder = ImageEncoder(Backbone(nn.Identity(), 3, PLAIN))
    encoder.grid_norm, encoder.pooled_norm = nn.Identity(), nn.Identity()  # type: ignore[assignment]
    maps = torch.arange(18.0).view(1, 3, 2, 3)
    seen = encoder.summarize(maps)
    assert seen.grid[0].tolist() == [[0, 6, 12], [1, 7, 13], [2, 8, 14], [3, 9, 15], [4, 10, 16], [5, 11, 17]]
    assert seen.pooled[0].tolist() == [2.5, 8.5, 14.5, 5.0, 11.0, 17.0]


@pytest.mark.parametrize("rows", [False, True])
def test_features_are_single_precision_whatever_the_backbone_computes_in(rows: bool) -> None:
    encoder = ImageEncoder(Backbone(nn.Identity(), 4, PLAIN), rows=rows)
    with torch.autocast("cpu", torch.bfloat16):
        seen = encoder.summarize(torch.randn(2, 4, 2, 2).bfloat16())
    assert seen.grid.dtype == seen.pooled.dtype == torch.float32


def test_a_reader_of_rows_makes_cells_know_their_row() -> None:
    torch.manual_seed(0)
    encoder = ImageEncoder(Backbone(nn.Identity(), 4, PLAIN), rows=True)
    maps = torch.randn(1, 4, 2, 3)
    changed = maps.clone()
    changed[:, :, 0, 0] += 1.0
    moved = (encoder.summarize(maps).grid - encoder.summarize(changed).grid).abs().sum(-1)[0] > 1e-6
    assert moved.tolist() == [True, True, True, False, False, False]


def test_an_odd_number_of_channels_cannot_be_read_both_ways() -> None:
    with pytest.raises(ConfigurationError, match="a backbone with 3 channels cannot be read in two directions"):
        ImageEncoder(Backbone(nn.Identity(), 3, PLAIN), rows=True)


def test_the_normalisation_is_no_part_of_the_weights() -> None:
    encoder = ImageEncoder(Backbone(nn.Identity(), 4, PLAIN))
    assert sorted(encoder.state_dict()) == [f"{n}_norm.{k}" for n in ("grid", "pooled") for k in ("bias", "weight")]
