"""Draws sentences from the writer and rewards them by what people wrote, for self-critical training.

Axis legend: B pictures, K sentences drawn per picture, M = B * K, T words.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from captioning.metrics import Consensus, DocumentFrequency, document_frequency
from captioning.metrics.inputs import Words
from captioning.network.attention_decoder import CaptionDecoder, Memory
from captioning.network.plain_decoder import PlainDecoder
from captioning.training.augmentation import mirror_words
from captioning.training.batches import Batch
from captioning.training.consensus import REFERENCES
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
        self,
        references: Sequence[Sequence[str]],
        vocabulary: Vocabulary,
        *,
        captioned: int | None = None,
        borrowed: Sequence[Sequence[str]] = (),
    ) -> None:
        """Takes each picture's sentences: those of people first, then the nearest of a bank, if one was asked.

        Args:
            references: In the order of the training's pictures, as far as anything is known of them.
            vocabulary: Words of the ids that are rewarded.
            captioned: How many pictures people captioned, all of them without it; word runs are as rare as there.
            borrowed: The nearest sentences of a bank for each of those as well, if they were asked.
        """
        self._vocabulary = vocabulary
        tokenised = _ended(references)
        self.frequency = document_frequency(tokenised[:captioned])
        self._described = [bool(sentences) for sentences in tokenised]
        # Nothing that is drawn is compared with this stand-in.
        self._consensus = Consensus([sentences or [[_END_WORD]] for sentences in tokenised], frequency=self.frequency)
        self._borrowed = [bool(sentences) for sentences in borrowed]
        self._near = (
            Consensus([sentences or [[_END_WORD]] for sentences in _ended(borrowed)], frequency=self.frequency)
            if borrowed
            else None
        )

    def __call__(self, batch: Batch, ids: Tensor, *, borrow: float = 0.0) -> Tensor:
        """Rewards sentences (M, T), int64, K for each picture of the batch in order: (B, K), float32, in [0, 10].

        Whatever is said of a picture that nothing is known of is worth 0.

        Args:
            batch: Which pictures.
            ids: The sentences.
            borrow: How much the borrowed sentences of a picture count beside those of people.
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
            ended = _with_end(words, sentence)
            worth = self._consensus.score(index, ended)
            if borrow and self._near is not None and index < len(self._borrowed) and self._borrowed[index]:
                worth = (worth + borrow * self._near.score(index, ended)) / (1 + borrow)
            rewards[position, row % drawn] = worth
        return rewards


class NearestRewards:
    """CIDEr-D against the sentences of a text that lie nearest to an embedding, for which no picture is needed."""

    def __init__(
        self, sentences: Sequence[Words], embeddings: Tensor, vocabulary: Vocabulary, *, frequency: DocumentFrequency
    ) -> None:
        """Takes C tokenised sentences with their embeddings (C, D), unit vectors on the network's device.

        Args:
            sentences: The text.
            embeddings: Where it lies in the joint space.
            vocabulary: Words of the ids that are rewarded.
            frequency: How rare word runs are among the captions of pictures.
        """
        self._sentences, self._embeddings, self._vocabulary = sentences, embeddings, vocabulary
        self._frequency = frequency

    @torch.no_grad()
    def __call__(self, embeddings: Tensor, ids: Tensor) -> Tensor:
        """Rewards sentences (M, T), int64, K for each of the embeddings (B, D) in order: (B, K), float32, [0, 10]."""
        scores = embeddings.to(self._embeddings.dtype) @ self._embeddings.T
        nearest = scores.topk(min(REFERENCES, len(self._sentences))).indices.tolist()
        references = [[[*self._sentences[position], _END_WORD] for position in row] for row in nearest]
        consensus = Consensus(references, frequency=self._frequency)
        drawn = len(ids) // len(embeddings)
        worth = [
            consensus.score(row // drawn, _with_end(self._vocabulary.decode(sentence), sentence))
            for row, sentence in enumerate(ids.tolist())
        ]
        return torch.tensor(worth).view(len(embeddings), drawn)


def _ended(references: Sequence[Sequence[str]]) -> list[list[list[str]]]:
    return [[[*tokenize(sentence), _END_WORD] for sentence in sentences] for sentences in references]


def _with_end(words: list[str], ids: Sequence[int]) -> list[str]:
    return [*words, _END_WORD] if END in ids else words


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
