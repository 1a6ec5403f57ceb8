from __future__ import annotations

import pytest
import torch

from captioning.decoding.incremental import incremental_decoder
from captioning.network.attention_decoder import CaptionDecoder
from captioning.network.image_encoder import ImageFeatures
from captioning.network.plain_decoder import PlainDecoder
from captioning.vocabulary import START

WORDS, WIDTH = 11, 3


@pytest.fixture(params=[CaptionDecoder, PlainDecoder])
def decoder(request: pytest.FixtureRequest) -> CaptionDecoder | PlainDecoder:
    torch.manual_seed(4)
    made: CaptionDecoder | PlainDecoder = request.param(WORDS, channels=6, word_size=6, hidden=16, dropout=0.5)
    with torch.no_grad():
        made.embed.weight.mul_(20)
        made.output.bias.normal_()
    return made.eval()


def pictures(count: int) -> ImageFeatures:
    generator = torch.Generator().manual_seed(5)
    return ImageFeatures(torch.randn(count, 4, 6, generator=generator), torch.randn(count, 12, generator=generator))


@torch.inference_mode()
def test_each_beam_reads_what_the_writer_reads(decoder: CaptionDecoder | PlainDecoder) -> None:
    memory = decoder.encode_memory(pictures(4))
    generator = torch.Generator().manual_seed(6)
    incremental = incremental_decoder(decoder, memory, width=WIDTH)
    sentences = torch.full((4, WIDTH, 1), START)
    origin = torch.arange(WIDTH).expand(4, -1)
    going = torch.arange(4)
    for step in range(5):
        logits = incremental.step(sentences[..., -1], origin)
        for row, index in enumerate(going.tolist()):
            alone = type(memory)(*(part[index : index + 1] for part in memory))
            for beam in range(WIDTH):
                expected = decoder(sentences[row, beam].unsqueeze(0), alone)[0, -1]
                torch.testing.assert_close(logits[row, beam], expected, rtol=1e-4, atol=1e-5)
        origin = torch.randint(WIDTH, (len(going), WIDTH), generator=generator)
        words = torch.randint(4, WORDS, (len(going), WIDTH, 1), generator=generator)
        before = sentences.gather(1, origin.unsqueeze(-1).expand(-1, -1, sentences.shape[-1]))
        sentences = torch.cat([before, words], -1)
        if step == 2:
            mask = torch.tensor([True, False, True, True])
            incremental.select(mask)
            sentences, origin, going = sentences[mask], origin[mask], going[mask]


@torch.inference_mode()
def test_half_precision_changes_little(decoder: CaptionDecoder | PlainDecoder) -> None:
    memory = decoder.encode_memory(pictures(2))
    words, origin = torch.full((2, WIDTH), START), torch.arange(WIDTH).expand(2, -1)
    full = incremental_decoder(decoder, memory, width=WIDTH).step(words, origin).softmax(-1)
    half = incremental_decoder(decoder, memory, width=WIDTH, dtype=torch.bfloat16).step(words, origin)
    assert half.dtype == torch.float32
    assert 0 < (half.softmax(-1) - full).abs().max() < 0.05
