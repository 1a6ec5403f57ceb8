from __future__ import annotations

import pytest
import torch

from captioning.network.text_encoder import TextEncoder
from captioning.vocabulary import PAD


@pytest.fixture
def encoder() -> TextEncoder:
    torch.manual_seed(0)
    return TextEncoder(12, word_size=5, hidden=4, dropout=0.0).eval()


def test_padding_and_neighbours_do_not_change_a_sentence(encoder: TextEncoder) -> None:
    rows = [[4, 5], [6, 7, 8, 9, 10, 11], [3], [9, 8, 7], [11, 11, 11, 4]]
    padded = torch.tensor([[*row, *[PAD] * (8 - len(row))] for row in rows])
    together = encoder(padded)
    for index, row in enumerate(rows):
        torch.testing.assert_close(together[index : index + 1], encoder(torch.tensor([row])))


def test_a_state_below_zero_is_not_outdone_by_padding() -> None:
    # With every state negative, a padding of zeros would win the maximum.
    encoder = TextEncoder(12, word_size=5, hidden=4, dropout=0.0).eval()
    with torch.no_grad():
        for name, parameter in encoder.lstm.named_parameters():
            parameter.zero_()
            if name.startswith("bias_ih"):
                parameter[8:12] = -2.0  # the candidate
    vector = encoder(torch.tensor([[4, PAD, PAD]]))
    assert (vector[:, 8:] < 0).all()
    torch.testing.assert_close(vector[:, :8], vector[:, 8:])


def test_the_vector_is_mean_and_maximum_of_the_states(encoder: TextEncoder) -> None:
    ids = torch.tensor([[4, 5, 6]])
    states = encoder.lstm(encoder.embed(ids))[0]
    torch.testing.assert_close(encoder(ids), torch.cat([states.mean(1), states.amax(1)], dim=1))
    assert encoder(ids).shape == (1, encoder.size)


def test_the_order_of_words_matters(encoder: TextEncoder) -> None:
    assert not torch.allclose(encoder(torch.tensor([[4, 5, 6]])), encoder(torch.tensor([[6, 5, 4]])))


def test_gradient_reaches_the_words_that_were_read_and_no_padding(encoder: TextEncoder) -> None:
    encoder(torch.tensor([[4, 5, PAD], [6, 7, 8]])).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in encoder.parameters())
    assert encoder.embed.weight.grad is not None
    read = encoder.embed.weight.grad.abs().sum(1) > 0
    assert read.nonzero().flatten().tolist() == [4, 5, 6, 7, 8]
