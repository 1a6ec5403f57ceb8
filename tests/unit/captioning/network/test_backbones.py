from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
import torchvision
from safetensors.torch import save_file
from torch import nn

from captioning.errors import ModelFileError, UnknownBackboneError
from captioning.network.backbones import build_backbone, fuse_norms
from captioning.network.initial_weights import load_initial_weights
from captioning.network.mobile_networks import ConvNorm, InvertedBottleneck, SamePadding


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "pads"),
    [(5, 3, 1, (1, 1)), (6, 3, 2, (0, 1)), (5, 3, 2, (1, 1)), (8, 5, 2, (1, 2)), (7, 5, 1, (2, 2))],
)
def test_same_padding_puts_the_odd_cell_at_the_end(size: int, kernel: int, stride: int, pads: tuple[int, int]) -> None:
    row = torch.ones(1, 1, 1, size)
    expected = F.pad(row, pads)
    padding = SamePadding(kernel, stride)
    padded = padding(row.expand(1, 1, size, size))
    assert padded.shape[-1] == size + sum(pads)
    assert torch.equal(padded[0, 0, padded.shape[-2] // 2], expected[0, 0, 0])
    assert (padded.shape[-1] - kernel) // stride + 1 == -(-size // stride)


@pytest.mark.parametrize(
    ("name", "channels"),
    [("mobilenet_edgetpu", 1280), ("efficientnet_lite0", 1280), ("efficientnet_lite2", 1280), ("resnet18", 512)],
)
def test_backbones_give_a_grid_of_a_thirty_second(name: str, channels: int) -> None:
    backbone = build_backbone(name)
    assert backbone.channels == channels
    with torch.inference_mode():
        assert backbone.features.eval()(torch.zeros(1, 3, 64, 96)).shape == (1, channels, 2, 3)


@pytest.mark.parametrize(
    ("name", "message"), [("resnet9000", "there is no backbone 'resnet9000'"), ("vit_b_16", "no single")]
)
def test_unknown_backbones_are_refused(name: str, message: str) -> None:
    with pytest.raises(UnknownBackboneError, match=message):
        build_backbone(name)


def folded_file(folder: Path, *, wrong: bool = False) -> tuple[Path, nn.Module]:
    """Writes random folded weights for the EdgeTPU network, and gives the plain network that they describe."""
    torch.manual_seed(0)
    network = build_backbone("mobilenet_edgetpu").features
    tensors: dict[str, torch.Tensor] = {}
    names = []
    for number, block in enumerate(m for m in network.modules() if isinstance(m, ConvNorm)):
        conv = nn.Conv2d(
            block.conv.in_channels,
            block.conv.out_channels,
            block.conv.kernel_size,  # type: ignore[arg-type]
            stride=block.conv.stride,  # type: ignore[arg-type]
            groups=block.conv.groups,
        )
        fan_in = conv.weight[0].numel()
        nn.init.normal_(conv.weight, std=(2 / fan_in) ** 0.5)
        assert conv.bias is not None
        nn.init.normal_(conv.bias, std=0.1)
        names.append(f"layer{number}")
        tensors[f"layer{number}.weight"] = conv.weight.detach().clone()
        tensors[f"layer{number}.bias"] = conv.bias.detach().clone()
        place = next(index for index, layer in enumerate(block) if isinstance(layer, nn.Conv2d))
        block[place], block[place + 1] = conv, nn.Identity()
    if wrong:
        tensors["layer0.weight"] = tensors["layer0.weight"][:1]
    save_file(tensors, folder / "net.safetensors")
    (folder / "net.layers.json").write_text(json.dumps({"layers": [[name] for name in names] + [["ADD"]]}))
    return folder / "net.safetensors", network


def test_folded_weights_get_their_norms_back_and_keep_the_function(tmp_path: Path) -> None:
    path, plain = folded_file(tmp_path)
    pixels = torch.randn(8, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    backbone = build_backbone("mobilenet_edgetpu")
    load_initial_weights(backbone.features, path, pixels)
    with torch.inference_mode():
        expected, found = plain.eval()(pixels[:2]), backbone.features.eval()(pixels[:2])
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-3 * expected.abs().max().item())
    first = next(m for m in backbone.features.modules() if isinstance(m, ConvNorm))
    assert first.norm.running_mean is not None
    assert first.norm.running_mean.abs().sum() > 0


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v2"])
@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
def test_a_published_state_dict_is_loaded_as_it_is(name: str, suffix: str, tmp_path: Path) -> None:
    published = torchvision.models.get_model(name, weights=None).state_dict()
    path = tmp_path / f"weights{suffix}"
    save_file(published, path) if suffix == ".safetensors" else torch.save(published, path)
    target = build_backbone(name)
    load_initial_weights(target.features, path)
    for key, value in target.features.state_dict().items():
        assert torch.equal(value, published[key if name == "resnet18" else f"features.{key}"])


def test_weights_of_the_common_port_are_loaded_in_the_order_of_its_layers(tmp_path: Path) -> None:
    torch.manual_seed(1)
    network = build_backbone("efficientnet_lite2").features.eval()
    names: list[tuple[str, str]] = [("_conv_stem", "_bn0")]
    blocks = [child for child in network.children() if isinstance(child, InvertedBottleneck)]
    for number, block in enumerate(blocks):
        parts = (("_expand_conv", "_bn0"), ("_depthwise_conv", "_bn1"), ("_project_conv", "_bn2"))
        used = parts[3 - len(block.layers) :]
        names += [(f"_blocks.{number}.{conv}", f"_blocks.{number}.{norm}") for conv, norm in used]
    names.append(("_conv_head", "_bn1"))
    tensors: dict[str, torch.Tensor] = {"_fc.weight": torch.zeros(3, 1280)}
    layers = [module for module in network.modules() if isinstance(module, ConvNorm)]
    for layer, (conv, norm) in zip(layers, names, strict=True):
        for part in (layer.norm.running_mean, layer.norm.bias):
            assert isinstance(part, torch.Tensor)
            nn.init.normal_(part, std=0.1)
        tensors[f"{conv}.weight"] = layer.conv.weight.detach()
        tensors |= {f"{norm}.{name}": value for name, value in layer.norm.state_dict().items() if value.ndim}
    save_file({name: value.contiguous() for name, value in tensors.items()}, tmp_path / "ported.safetensors")
    loaded = build_backbone("efficientnet_lite2").features.eval()
    load_initial_weights(loaded, tmp_path / "ported.safetensors")
    pixels = torch.randn(1, 3, 64, 64)
    with torch.inference_mode():
        torch.testing.assert_close(loaded(pixels), network(pixels))
    with pytest.raises(ModelFileError, match="do not fit this backbone"):
        load_initial_weights(build_backbone("efficientnet_lite0").features, tmp_path / "ported.safetensors")


def test_published_weights_come_from_the_cache_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    with pytest.raises(ModelFileError, match=r"weights of resnet18 are not in torchvision's cache: put them at .*pth"):
        build_backbone("resnet18", pretrained=True)
    (tmp_path / "checkpoints").mkdir()
    published = torchvision.models.get_model("resnet18", weights=None).state_dict()
    torch.save(published, tmp_path / "checkpoints" / "resnet18-f37072fd.pth")
    found = build_backbone("resnet18", pretrained=True).features.state_dict()
    assert torch.equal(found["conv1.weight"], published["conv1.weight"])


@pytest.mark.parametrize("name", ["a.pth", "a.safetensors"])
def test_a_file_that_holds_no_tensors_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"nothing of the kind")
    with pytest.raises(ModelFileError, match="could not be read"):
        load_initial_weights(build_backbone("resnet18").features, tmp_path / name)


def test_weights_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    pixels = torch.zeros(2, 3, 32, 32)
    with pytest.raises(ModelFileError, match="could not be read"):
        load_initial_weights(build_backbone("mobilenet_edgetpu").features, tmp_path / "none.safetensors", pixels)
    path, _ = folded_file(tmp_path, wrong=True)
    with pytest.raises(ModelFileError, match="do not fit this backbone: layer layer0 has the shape"):
        load_initial_weights(build_backbone("mobilenet_edgetpu").features, path, pixels)
    path.with_suffix(".layers.json").unlink()
    with pytest.raises(ModelFileError, match="the order of the layers is not in"):
        load_initial_weights(build_backbone("mobilenet_edgetpu").features, path, pixels)


@pytest.mark.parametrize("name", ["mobilenet_edgetpu", "mobilenet_v2"])
def test_fused_norms_leave_the_function_unchanged(name: str) -> None:
    torch.manual_seed(0)
    features = build_backbone(name).features.train()
    pixels = torch.randn(4, 3, 64, 64)
    with torch.no_grad():
        for _ in range(5):
            features(pixels)
        expected = features.eval()(pixels)
        fuse_norms(features)
        assert not any(isinstance(module, nn.BatchNorm2d) for module in features.modules())
        torch.testing.assert_close(features(pixels), expected, rtol=1e-3, atol=1e-4)
