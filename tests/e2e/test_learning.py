"""`imgsearch learn` by the command line: what it says where there is little to learn, and how one goes back."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from index_data.learnt_models import CARD_KEY, LearntModels
from index_data.library import Library
from search.cli.exit_codes import ExitCode
from tests.e2e.conftest import Imgsearch
from tests.tiny_model import write_tiny_model


@pytest.fixture
def mine(imgsearch: Imgsearch, tmp_path: Path) -> Imgsearch:
    """A library of the five pictures that a test may change."""
    return Imgsearch(Path(shutil.copytree(imgsearch.library, tmp_path / "library")), imgsearch.model)


def test_too_little_is_told_in_a_sentence_and_nothing_is_made(mine: Imgsearch) -> None:
    done = mine.run("learn")
    assert done.returncode == ExitCode.NOTHING_FOUND
    assert b"there are 0 confirmed captions, and the model learns from 8 or more" in done.stderr
    done = mine.run("learn", "--list")
    assert (done.returncode, done.stderr) == (ExitCode.NOTHING_FOUND, b"Nothing is learnt yet.\n")
    assert mine.run("learn", "--forget").stderr == b"Nothing is learnt yet.\n"
    done = mine.run("learn", "--use", "3")
    assert done.returncode == ExitCode.NOTHING_FOUND
    assert done.stderr == b"imgsearch: there is no learnt model 3; there are: none\n"
    done = mine.run("learn", "--use", "3", "--forget")
    assert done.returncode == ExitCode.USAGE


def test_what_was_learnt_is_listed_used_describes_and_is_forgotten(mine: Imgsearch, photos: Path) -> None:
    scores = {"cider_d": 0.5, "recall_at_10": 0.25, "keyword_f1": 0.5}
    card = {
        "base": "tiny@0",
        "made_at": "2026-01-02T03:04:05+00:00",
        "corrections": [["00", "our dog Ben"]],
        "before": scores,
        "after": {**scores, "cider_d": 0.625},
    }
    with Library.open(mine.library) as library:
        models = LearntModels(library)
        with models.learning():

            def write(path: Path, number: int) -> None:
                write_tiny_model(path, name=f"tiny+{number}", seed=5, card={CARD_KEY: card})

            models.add(write)
    done = mine.run("learn", "--use", "1")
    assert done.stderr.startswith(b"Model 1 (CIDEr-D +0.125, R@10 +0.0, keywords F1 +0.0) is used from now on;")
    (row,) = json.loads(mine.run("learn", "--list", "--format", "json").stdout)
    assert (row["number"], row["used"], row["corrections"], row["base"]) == (1, True, 1, "tiny@0")
    assert b"CIDEr-D +0.125" in mine.run("learn", "--list").stdout
    learning = json.loads(mine.run("status", "--format", "json").stdout)["learning"]
    assert (learning["model"]["number"], learning["not_learnt"]) == (1, 0)
    assert b"model 1" in mine.run("status").stdout
    # Without --model a library is described by what it learnt, and answers meanwhile by what it has.
    own = Imgsearch(mine.library, None)
    assert own.run("query", "type:photo", "--format", "paths").stdout.count(b"\n") == len(list(photos.iterdir()))
    assert own.run("index").returncode == 0
    models_used = json.loads(mine.run("status", "--format", "json").stdout)["models"]
    assert [name.partition("@")[0] for name in models_used] == ["tiny+1"]
    done = mine.run("learn", "--forget")
    assert done.stderr.startswith(b"Removed 1 learnt model; the model that ships is used from now on.")
    assert not list((mine.library / "learnt").glob("*.safetensors"))
