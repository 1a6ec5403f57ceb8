"""`imgsearch eval` measures through the engine, and says what it cannot measure."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from search.cli.exit_codes import ExitCode
from tests.e2e.conftest import Imgsearch, draw


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    """Six drawn pictures with captions, and a split without any."""
    draw(tmp_path / "data" / "images", 7)
    entries = [
        {"filename": f"{n:03d}.png", "split": "test", "captions": [f"a {word} picture", f"the {word}"]}
        for n, word in enumerate(["red", "green", "blue", "dog", "cat", "beach"])
    ]
    entries.append({"filename": "006.png", "split": "val", "captions": []})
    (tmp_path / "data" / "captions.json").write_text(json.dumps(entries))
    return tmp_path / "data"


def test_every_measure_in_json(imgsearch: Imgsearch, collection: Path) -> None:
    done = imgsearch.run("eval", "--data", collection, "--split", "test", "--format", "json")
    assert done.returncode == 0
    report = json.loads(done.stdout)
    assert (report["images"], report["captions"], report["split"]) == (6, 12, "test")
    for side, queries in (("image_retrieval", 12), ("caption_retrieval", 6)):
        scores = report[side]
        assert scores["queries"] == queries
        assert 0 <= scores["recall_at_1"] <= scores["recall_at_5"] <= scores["recall_at_10"] <= 1
    assert report["image_retrieval"]["recall_at_10"] == 1.0
    recalls = [report[s][f"recall_at_{k}"] for s in ("image_retrieval", "caption_retrieval") for k in (1, 5, 10)]
    assert report["rsum"] == pytest.approx(sum(recalls))
    assert {"bleu_1", "bleu_4", "rouge_l", "cider_d", "meteor_exact"} <= set(report)
    assert set(report["keywords"]) == {"precision", "recall", "f1"}
    words = report["next_word"]
    assert words["words"] == sum(len(f"a {w} picture".split()) + len(f"the {w}".split()) + 2 for w in "abcdef")
    assert words["perplexity"] > 1
    assert 0 <= words["accuracy"] <= 1
    assert 0 <= words["expected_calibration_error"] <= 1
    table = imgsearch.run("eval", "--data", collection).stdout.decode()
    assert "image retrieval R@1/5/10" in table
    assert "METEOR, exact words only" in table


def test_the_page_needs_no_other_file(imgsearch: Imgsearch, collection: Path, tmp_path: Path) -> None:
    done = imgsearch.run("eval", "--data", collection, "--html", tmp_path / "report.html", "--format", "json")
    assert done.returncode == 0
    report = json.loads(done.stdout)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.count("data:image/jpeg;base64,") == 6
    assert not {"http:", "https:", 'src="/', "<script", "<link"} & set(
        re.findall(r"https?:|src=\"/|<script|<link", page)
    )
    assert f"{report['cider_d']:.3f}" in page
    assert "a red picture" in page
    assert "Reliability of the next word" in page
    refused = imgsearch.run("eval", "--data", collection, "--html", tmp_path / "none" / "report.html")
    assert refused.returncode == ExitCode.FILE
    assert "could not be written" in refused.stderr.decode()


def test_what_cannot_be_measured_is_refused(imgsearch: Imgsearch, collection: Path, tmp_path: Path) -> None:
    cases: list[tuple[list[str | Path], str]] = [
        (["--data", tmp_path / "none"], "there is no captions file"),
        (["--data", collection, "--split", "val"], "1 pictures have no caption, the first is 006"),
    ]
    for arguments, words in cases:
        done = imgsearch.run("eval", *arguments)
        assert (done.returncode, done.stdout) == (ExitCode.FILE, b"")
        assert words in done.stderr.decode()
    done = imgsearch.run("eval", "--data", collection, "--split", "train")
    assert (done.returncode, done.stdout) == (ExitCode.USAGE, b"")
    assert "the split 'train' holds no pictures" in done.stderr.decode()
    (collection / "images" / "000.png").unlink()
    done = imgsearch.run("eval", "--data", collection)
    assert done.returncode == ExitCode.FILE
    assert "names 1 pictures that are not there" in done.stderr.decode()
