"""Encoders, joint space, decoder and the whole network: shapes, gradients, and what must not matter."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from captioning.decoder import CaptionDecoder
from captioning.encoder import ImageFeatures
from captioning.joint import JointSpace
from captioning.text_encoder import TextEncoder
from captioning.vocabulary import PAD, START
from tests.tiny_model import tiny_config, tiny_network


def features(count: int = 2) -> ImageFeatures:
    generator = torch.Generator().manual_seed(3)
    return ImageFeatures(torch.randn(count, 4, 6, generator=generator), torch.randn(count, 12, generator=generator))


@pytest.fixture
def decoder() -> CaptionDecoder:
    torch.manual_seed(0)
    return CaptionDecoder(12, channels=6, word_size=5, hidden=16, dropout=0.0).eval()


def test_padding_does_not_change_a_sentence() -> None:
    torch.manual_seed(0)
    encoder = TextEncoder(10, word_size=5, hidden=4, dropout=0.0).eval()
    short, padded = torch.tensor([[4, 5]]), torch.tensor([[4, 5, PAD, PAD], [6, 7, 8, 9]])
    torch.testing.assert_close(encoder(padded)[:1], encoder(short))


def test_sentence_vector_is_mean_and_maximum_of_the_states() -> None:
    torch.manual_seed(0)
    encoder = TextEncoder(10, word_size=5, hidden=4, dropout=0.0).eval()
    ids = torch.tensor([[4, 5, 6]])
    states = encoder.lstm(encoder.embed(ids))[0]
    torch.testing.assert_close(encoder(ids), torch.cat([states.mean(1), states.amax(1)], dim=1))
    assert encoder(ids).shape == (1, encoder.size)


def test_the_joint_space_has_unit_vectors_and_a_bounded_scale() -> None:
    torch.manual_seed(0)
    joint = JointSpace(6, 7, joint=5, dropout=0.0)
    for projection, size in ((joint.image, 6), (joint.text, 7)):
        vectors = projection(torch.randn(4, size))
        torch.testing.assert_close(vectors.norm(dim=1), torch.ones(4))
    assert joint.scale.item() == pytest.approx(1 / 0.07)
    with torch.no_grad():
        joint.log_scale.fill_(10.0)
    assert joint.scale.item() == 100.0


def test_a_whole_sentence_equals_word_by_word(decoder: CaptionDecoder) -> None:
    memory = decoder.look(features())
    ids = torch.tensor([[START, 4, 5], [START, 6, 7]])
    state, steps = decoder.start(memory), []
    for time in range(3):
        logits, state, attention = decoder.step(ids[:, time : time + 1], memory, state)
        torch.testing.assert_close(attention.sum(-1), torch.ones(2, 1))
        steps.append(logits)
    torch.testing.assert_close(torch.cat(steps, 1), decoder(ids, memory))


def test_attention_is_softmax_of_scaled_dot_products(decoder: CaptionDecoder) -> None:
    memory = decoder.look(features(1))
    asked = torch.randn(1, 1, 16, generator=torch.Generator().manual_seed(5))
    seen, attention = decoder.attend(asked, memory)
    query, size = decoder.ask(asked)[0, 0], 2
    weights, answers = [], []
    for head in range(8):
        at = slice(head * size, (head + 1) * size)
        weight = F.softmax(memory.keys[0, :, at] @ query[at] / size**0.5, dim=0)
        weights.append(weight)
        answers.append(weight @ memory.values[0, :, at])
    torch.testing.assert_close(attention[0, 0], torch.stack(weights).mean(0))
    torch.testing.assert_close(seen[0, 0], torch.cat(answers))


def test_the_future_is_not_read(decoder: CaptionDecoder) -> None:
    memory = decoder.look(features(1))
    one, other = torch.tensor([[START, 4, 5, 6]]), torch.tensor([[START, 4, 9, 10]])
    torch.testing.assert_close(decoder(one, memory)[:, :2], decoder(other, memory)[:, :2])


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
    logits = network.decoder(ids, network.decoder.look(seen))
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
