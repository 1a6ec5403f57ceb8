"""Draws sentences from the writer and rewards them by what people wrote, for self-critical training.

Axis legend: B pictures, K sentences drawn per picture, M = B * K, T words.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from captioning.metrics import Consensus, document_frequency
from captioning.network.attention_decoder import CaptionDecoder, Memory
from captioning.network.plain_decoder import PlainDecoder
from captioning.training.augmentation import mirror_words
from captioning.training.batches import Batch
from captioning.vocabulary import END, PAD, SPECIAL, START, UNKNOWN, Vocabulary, tokenize

TEMPERATURE = 0.5
"""Sentences are drawn from p(y_t | ...) ** (1 / TEMPERATURE), normalised: what a search would find likely.

Drawn from p itself, which label smoothing made flat, nearly all sentences would be worthless, and teach little.
"""

_END_WORD = SPECIAL[END]


class CaptionRewards:
    """CIDEr-D against the captions of the training pictures, the end of a sentence counting as a word.

    Without it the reward would be highest for sentences that break off ("a man in a").
    """

    def __init__(
        self, references: Sequence[Sequence[str]], vocabulary: Vocabulary, *, captioned: int | None = None
    ) -> None:
        """Takes each picture's sentences: those of people first, then the nearest of a bank, if one was asked.

        Args:
            references: In the order of the training's pictures, as far as anything is known of them.
            vocabulary: Words of the ids that are rewarded.
            captioned: How many pictures people captioned, all of them without it; word runs are as rare as there.
        """
        self._vocabulary = vocabulary
        tokenised = [[[*tokenize(sentence), _END_WORD] for sentence in sentences] for sentences in references]
        self._described = [bool(sentences) for sentences in tokenised]
        # Nothing that is drawn is compared with this stand-in.
        self._consensus = Consensus(
            [sentences or [[_END_WORD]] for sentences in tokenised],
            frequency=document_frequency(tokenised[:captioned]),
        )

    def __call__(self, batch: Batch, ids: Tensor) -> Tensor:
        """Rewards sentences (M, T), int64, K for each picture of the batch in order: (B, K), float32.

        Whatever is said of a picture that nothing is known of is worth 0.
        """
        drawn = len(ids) // len(batch.index)
        rewards = torch.empty(len(batch.index), drawn)
        for row, sentence in enumerate(ids.tolist()):
            position = row // drawn
            index = int(batch.index[position])
            if index >= len(self._described) or not self._described[index]:
                rewards[position] = 0.0
                continue
            words = self._vocabulary.decode(sentence)
            # The captions speak of the picture as it lies in its file.
            words = mirror_words(words) if batch.flipped[position] else words
            ended = [*words, _END_WORD] if END in sentence else words
            rewards[position, row % drawn] = self._consensus.score(index, ended)
        return rewards


@torch.no_grad()
def draw_sentences(decoder: CaptionDecoder | PlainDecoder, memory: Memory, *, max_length: int = 20) -> Tensor:
    """Draws one sentence for each row of the memory, word by word from the sharpened p(y_t | y_<t, I).

    Returns:
        Ids (M, T), int64: words, `END` unless the sentence grew too long, then `PAD`.
    """
    count = len(memory.global_feature)
    state = decoder.start(memory)
    ids = torch.full((count, 1), START, device=memory.global_feature.device)
    done = torch.zeros(count, dtype=torch.bool, device=ids.device)
    for _ in range(max_length + 1):
        logits, state, _ = decoder.step(ids[:, -1:], memory, state)
        step = logits[:, -1].float() / TEMPERATURE
        step[:, [PAD, START, UNKNOWN]] = float("-inf")
        word = torch.multinomial(step.softmax(-1), 1).masked_fill(done.unsqueeze(1), PAD)
        ids = torch.cat([ids, word], dim=1)
        done |= word.squeeze(1) == END
        if bool(done.all()):
            break
    return ids[:, 1:]


def sentence_log_probs(decoder: CaptionDecoder | PlainDecoder, memory: Memory, ids: Tensor) -> Tensor:
    """Log-probability (M, T), as they are drawn, of each word of sentences (M, T), int64; 0 behind the end."""
    start = torch.full((len(ids), 1), START, device=ids.device)
    logits = decoder(torch.cat([start, ids[:, :-1]], dim=1), memory) / TEMPERATURE
    chosen = logits.gather(2, ids.unsqueeze(2)).squeeze(2).float()
    # The tokens that are never drawn come first, and have no part in the sum.
    total = torch.logaddexp(logits[..., UNKNOWN + 1 :].float().logsumexp(-1), logits[..., END].float())
    return torch.where(ids == PAD, 0.0, chosen - total)
