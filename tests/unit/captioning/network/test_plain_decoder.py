from __future__ import annotations

import torch
from torch import nn

from captioning.decoding.beam_search import beam_search
from captioning.network.image_encoder import ImageFeatures, RowReader
from captioning.network.plain_decoder import PlainDecoder
from captioning.vocabulary import END, START


def decoder() -> PlainDecoder:
    torch.manual_seed(0)
    return PlainDecoder(12, channels=6, word_size=5, hidden=7, dropout=0.0).eval()


def features(count: int) -> ImageFeatures:
    generator = torch.Generator().manual_seed(1)
    return ImageFeatures(torch.randn(count, 4, 6, generator=generator), torch.randn(count, 12, generator=generator))


def test_whole_sentence_equals_word_by_word() -> None:
    writer = decoder()
    memory = writer.encode_memory(features(3))
    ids = torch.tensor([[START, 4, 5], [START, 6, 7], [START, 8, 9]])
    whole = writer(ids, memory)
    state, steps = writer.start(memory), []
    for time in range(3):
        logits, state, attention = writer.step(ids[:, time : time + 1], memory, state)
        steps.append(logits)
        assert attention.shape == (3, 1, 1)
    torch.testing.assert_close(torch.cat(steps, 1), whole)


def test_the_picture_is_the_first_input() -> None:
    writer = decoder()
    memory = writer.encode_memory(features(1))
    ids = torch.tensor([[START, 4]])
    states, _ = writer.lstm(torch.cat([memory.global_feature.unsqueeze(1), writer.embed(ids)], dim=1))
    expected = writer.output(torch.tanh(writer.answer(states[:, 1:])))
    torch.testing.assert_close(writer(ids, memory), expected)


def test_beam_search_writes_with_it() -> None:
    writer = decoder()
    written = beam_search(writer, writer.encode_memory(features(2)), width=3, max_length=5)
    assert written.ids.shape[0] == 2
    assert all(END in row for row in written.ids[:, 0].tolist())


def test_blank_memory_has_the_sizes_of_a_looked_at_picture() -> None:
    writer = decoder()
    looked, blank = writer.encode_memory(features(2)), writer.null_memory(2, torch.device("cpu"))
    assert [part.shape for part in looked] == [part.shape for part in blank]


def test_gradient_reaches_every_parameter() -> None:
    writer = decoder()
    writer(torch.tensor([[START, 4, 5]]), writer.encode_memory(features(1))).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in writer.parameters())


def test_row_reader_keeps_the_shape_and_reads_each_row_by_itself() -> None:
    torch.manual_seed(0)
    reader = RowReader(8).eval()
    maps = torch.randn(2, 8, 3, 5)
    read = reader(maps)
    assert read.shape == maps.shape
    changed = maps.clone()
    changed[:, :, 1] += 1.0
    again = reader(changed)
    torch.testing.assert_close(again[:, :, 0], read[:, :, 0])
    assert not torch.allclose(again[:, :, 1], read[:, :, 1])
    assert isinstance(reader.lstm, nn.LSTM)
    assert reader.lstm.bidirectional
