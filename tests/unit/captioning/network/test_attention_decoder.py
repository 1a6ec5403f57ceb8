from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from captioning.errors import ConfigurationError
from captioning.network.attention_decoder import CaptionDecoder
from captioning.network.image_encoder import ImageFeatures
from captioning.vocabulary import START


def features(count: int = 2) -> ImageFeatures:
    generator = torch.Generator().manual_seed(3)
    return ImageFeatures(torch.randn(count, 4, 6, generator=generator), torch.randn(count, 12, generator=generator))


@pytest.fixture
def decoder() -> CaptionDecoder:
    torch.manual_seed(0)
    return CaptionDecoder(12, channels=6, word_size=5, hidden=16, dropout=0.0).eval()


def test_a_whole_sentence_equals_word_by_word(decoder: CaptionDecoder) -> None:
    memory = decoder.encode_memory(features())
    ids = torch.tensor([[START, 4, 5], [START, 6, 7]])
    state, steps = decoder.start(memory), []
    for time in range(3):
        logits, state, attention = decoder.step(ids[:, time : time + 1], memory, state)
        torch.testing.assert_close(attention.sum(-1), torch.ones(2, 1))
        steps.append(logits)
    torch.testing.assert_close(torch.cat(steps, 1), decoder(ids, memory))


def test_attention_is_softmax_of_scaled_dot_products(decoder: CaptionDecoder) -> None:
    memory = decoder.encode_memory(features(1))
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
    memory = decoder.encode_memory(features(1))
    one, other = torch.tensor([[START, 4, 5, 6]]), torch.tensor([[START, 4, 9, 10]])
    torch.testing.assert_close(decoder(one, memory)[:, :2], decoder(other, memory)[:, :2])


def test_a_sentence_can_be_read_in_two_parts(decoder: CaptionDecoder) -> None:
    memory = decoder.encode_memory(features())
    ids = torch.tensor([[START, 4, 5, 6], [START, 7, 8, 9]])
    first, state, _ = decoder.step(ids[:, :3], memory, decoder.start(memory))
    second, _, attention = decoder.step(ids[:, 3:], memory, state)
    torch.testing.assert_close(torch.cat([first, second], 1), decoder(ids, memory))
    assert attention.shape == (2, 1, 4)


def test_the_order_of_the_cells_does_not_matter(decoder: CaptionDecoder) -> None:
    seen = features()
    turned = ImageFeatures(seen.grid.flip(1), seen.pooled)
    ids = torch.tensor([[START, 4, 5], [START, 6, 7]])
    torch.testing.assert_close(decoder(ids, decoder.encode_memory(turned)), decoder(ids, decoder.encode_memory(seen)))


def test_words_are_read_and_written_with_one_matrix(decoder: CaptionDecoder) -> None:
    assert decoder.output.weight is decoder.embed.weight
    memory = decoder.encode_memory(features())
    assert decoder(torch.tensor([[START], [START]]), memory).shape == (2, 1, 12)


def test_a_blank_memory_has_the_sizes_of_a_picture_and_holds_nothing(decoder: CaptionDecoder) -> None:
    looked, blank = decoder.encode_memory(features(3)), decoder.null_memory(3, torch.device("cpu"))
    assert [(part.shape[0], part.shape[-1]) for part in looked] == [(part.shape[0], part.shape[-1]) for part in blank]
    assert all(not part.any() for part in blank)
    assert decoder(torch.tensor([[START, 4]] * 3), blank).isfinite().all()


def test_dropout_is_off_in_evaluation_and_on_in_training() -> None:
    torch.manual_seed(0)
    decoder = CaptionDecoder(12, channels=6, word_size=5, hidden=16, dropout=0.5)
    ids = torch.tensor([[START, 4]])
    decoder.eval()

    def logits() -> torch.Tensor:
        return decoder(ids, decoder.encode_memory(features(1)))  # type: ignore[no-any-return]

    assert torch.equal(logits(), logits())
    decoder.train()
    assert not torch.equal(logits(), logits())


def test_gradient_reaches_every_parameter(decoder: CaptionDecoder) -> None:
    decoder(torch.tensor([[START, 4, 5]]), decoder.encode_memory(features(1))).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in decoder.parameters())


@pytest.fixture
def reader() -> CaptionDecoder:
    """A decoder that reads embeddings of eight numbers and makes three cells of each."""
    torch.manual_seed(1)
    return CaptionDecoder(12, channels=6, word_size=5, hidden=16, dropout=0.0, joint=8, embedding_cells=3).eval()


def unit_embeddings(count: int) -> Tensor:
    return F.normalize(torch.randn(count, 8, generator=torch.Generator().manual_seed(4)), dim=-1)


def test_an_embedding_makes_cells_behind_those_of_the_grid(reader: CaptionDecoder) -> None:
    memory, embeddings = reader.encode_memory(features(), unit_embeddings(2)), unit_embeddings(2)
    assert memory.keys.shape == (2, 4 + 3, 16)
    alone = reader.embedding_memory(embeddings)
    torch.testing.assert_close(memory.values[:, 4:], alone.values)
    torch.testing.assert_close(memory.values[:, :4], reader.encode_memory(features()).values)
    # By hand: numbers of unit size through one layer, whose first part is the gist's.
    read = F.linear(embeddings * 8**0.5, reader.joint_input.weight, reader.joint_input.bias)  # type: ignore[union-attr]
    torch.testing.assert_close(alone.values.flatten(1), F.relu(read[:, 16:]))
    torch.testing.assert_close(alone.global_feature, F.relu(read[:, :16] + reader.gist.bias))


def test_what_is_written_depends_on_the_embedding(reader: CaptionDecoder) -> None:
    ids, embeddings = torch.tensor([[START, 4, 5], [START, 4, 5]]), unit_embeddings(2)
    first, second = reader(ids, reader.embedding_memory(embeddings))
    assert not torch.allclose(first, second)
    grid = ImageFeatures(features(1).grid.expand(2, -1, -1), features(1).pooled.expand(2, -1))
    first, second = reader(ids, reader.encode_memory(grid, embeddings))
    assert not torch.allclose(first, second)


def test_gradient_reaches_every_parameter_of_a_decoder_that_reads_embeddings(reader: CaptionDecoder) -> None:
    reader(
        torch.tensor([[START, 4, 5]]), reader.encode_memory(features(1), unit_embeddings(1))
    ).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in reader.parameters())


def test_a_decoder_without_cells_reads_no_embeddings(decoder: CaptionDecoder) -> None:
    with pytest.raises(ConfigurationError, match=r"this decoder reads no embeddings: model\.embedding_cells is 0"):
        decoder.embedding_memory(unit_embeddings(1))
