"""Measures on a GPU what compiling and CUDA graphs would save, and what each part of describing takes.

A graph runs kernels with no work of the processor between them, and so needs shapes that depend on no content: the
search here goes on to the longest sentence for every picture, and finds what `beam_search` finds.

Axis legend: B pictures, W beams.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from benchmarks.gpu_parts import per_second, wait_for
from captioning.captioner import Captioner
from captioning.decoding.beam_search import NEVER, Sentences, _begun, _continuations, _grow, _scores, beam_search
from captioning.decoding.incremental import incremental_decoder
from captioning.decoding.search_rules import LENGTH_PENALTY, MAX_LENGTH
from captioning.network.attention_decoder import CaptionDecoder, Memory
from captioning.network.plain_decoder import PlainDecoder
from captioning.text.wording import captions_of
from captioning.vocabulary import END, PAD

WIDTH = 5
WARMING = 3
"""Calls before a graph is recorded, in which libraries make their choices."""

Work = Callable[[], object]


def full_search(
    decoder: CaptionDecoder | PlainDecoder, memory: Memory, *, width: int = WIDTH, dtype: torch.dtype = torch.float32
) -> Sentences:
    """What `beam_search` gives, by operations whose shapes depend on no content; of each picture all W sentences."""
    count, device = len(memory.global_feature), memory.global_feature.device
    incremental = incremental_decoder(decoder, memory, width=width, dtype=dtype)
    beams, origin = _begun(count, width, device)
    for _ in range(MAX_LENGTH):
        logits = incremental.step(beams.ids[..., -1], origin)
        beams, origin = _grow(beams, *_continuations(logits, beams))
    last = torch.full_like(beams.ids[..., :1], END).masked_fill(beams.done.unsqueeze(-1), PAD)
    ended = beams._replace(
        ids=torch.cat([beams.ids, last], -1),
        log_probs=torch.cat([beams.log_probs, torch.zeros_like(beams.total)[..., None]], -1),
    )
    scores, best = _scores(ended, LENGTH_PENALTY).topk(width, dim=1)
    along = best.unsqueeze(-1).expand(-1, -1, MAX_LENGTH + 1)
    missing = (scores == NEVER).unsqueeze(-1)
    ids = ended.ids[..., 1:].gather(1, along).masked_fill(missing, PAD)
    return Sentences(ids, ended.log_probs[..., 1:].gather(1, along).masked_fill(missing, 0.0), scores)


def recorded(work: Work) -> Work:
    """The work as a CUDA graph, which works anew on the same tensors."""
    stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(WARMING):
            work()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        kept = work()

    def replay() -> object:
        graph.replay()
        return kept

    return replay


@torch.inference_mode()
def measure_graphs(
    model: Path | None, batches: Sequence[int], rounds: int, *, device: str, wait: Callable[[], None] = lambda: None
) -> Iterator[dict[str, Any]]:
    """Milliseconds of encoder and writer as they run, compiled, and as graphs, and of each part of describing.

    Args:
        model: Its file; the shipped one without.
        batches: Sizes of batches.
        rounds: Of which the median counts.
        device: A GPU; on a processor only what runs there is measured.
        wait: Called when all is compiled and recorded, and before anything is timed.
    """
    captioner, place = Captioner.load(model, device=device), torch.device(device)
    ways = [way for batch in batches for way in _ways(captioner, batch, place)]
    ready: list[tuple[dict[str, Any], Work]] = []
    for names, prepare in ways:
        began = time.perf_counter()
        try:
            work = prepare()
            work()
            wait_for(place)
        except Exception as error:  # whatever the compiler or CUDA says is what is to be known
            yield {**names, "failed": " ".join(str(error).split())[:300]}
            continue
        ready.append(({**names, "first_s": time.perf_counter() - began}, work))
    wait()
    for names, work in ready:

        def timed(work: Work = work) -> None:
            work()
            wait_for(place)

        yield {**names, "ms": 1000 * names["batch"] / per_second(timed, names["batch"], rounds)}


def _ways(captioner: Captioner, batch: int, place: torch.device) -> Iterator[tuple[dict[str, Any], Callable[[], Work]]]:
    """What is measured of a batch: its names, and what makes the work ready."""
    network = captioner.network
    generator = torch.Generator().manual_seed(batch)
    pixels = torch.randint(0, 256, (batch, captioner.side, captioner.side, 3), generator=generator, dtype=torch.uint8)
    squares = pixels.to(place).permute(0, 3, 1, 2)
    half = captioner.half_type if captioner.half else None
    dtype = half or torch.float32
    features = network.encode_features(squares, half=half)
    embeddings = network.encode_image(features)
    memory = network.decoder.encode_memory(features, embeddings)
    written = captioner.write(memory, embeddings, sentences=1)
    ids, log_probs = written.ids[:, 0].cpu().numpy(), written.log_probs[:, 0].cpu().numpy()
    captions = [caption.text for caption in captions_of(ids, log_probs, captioner._vocabulary)]

    def encode() -> object:
        return network.encode_features(squares, half=half)

    def search() -> object:
        return beam_search(network.decoder, memory, width=WIDTH, sentences=WIDTH, dtype=dtype)

    def search_all() -> object:
        return full_search(network.decoder, memory, dtype=dtype)

    def place_and_remember() -> object:
        network.keyword_logits(features)
        return network.decoder.encode_memory(features, network.encode_image(features))

    def names(part: str, way: str) -> dict[str, Any]:
        return {"device": str(place), "part": part, "way": way, "batch": batch}

    yield names("upload and encoder", "eager"), lambda: lambda: captioner._features(pixels.numpy())
    yield names("encoder", "eager"), lambda: encode
    yield names("embedding, keywords, memory", "eager"), lambda: place_and_remember
    yield names("search", "eager"), lambda: search
    yield names("search and choice", "eager"), lambda: lambda: captioner.write(memory, embeddings, sentences=1)
    yield names("words", "eager"), lambda: lambda: captions_of(ids, log_probs, captioner._vocabulary)
    yield names("text encoder", "eager"), lambda: lambda: captioner.encode_text(captions)
    yield names("search", "full length"), lambda: search_all
    yield names("whole", "eager"), lambda: lambda: captioner.describe(pixels.numpy())
    if place.type == "cuda":
        compiled = torch.compile(encode, dynamic=False)
        yield names("search", "graph"), lambda: recorded(search_all)
        yield names("encoder", "graph"), lambda: recorded(encode)
        yield names("encoder", "compiled"), lambda: compiled
        yield names("encoder", "compiled, graph"), lambda: recorded(compiled)
