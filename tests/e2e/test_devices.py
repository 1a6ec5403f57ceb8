"""`--device` is decided at the edge: what cannot be had is one sentence, and what is used is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from captioning.runtime.devices import choose_device
from search.cli.exit_codes import ExitCode
from tests.e2e.conftest import Imgsearch

NO_GPU = choose_device("auto").gpu is None


@pytest.mark.parametrize(
    "arguments",
    [
        ["index", "photos"],
        ["watch", "photos"],
        ["query", "a dog"],
        ["caption", "a.jpg"],
        ["similar", "a.jpg"],
        ["review", "reject", "a.jpg"],
        ["eval", "--data", "data"],
        ["calibrate", "--data", "data"],
        ["train", "captioning/recipes/first.toml"],
    ],
)
def test_a_device_that_cannot_be_had_is_one_sentence(
    imgsearch: Imgsearch, arguments: list[str], tmp_path: Path
) -> None:
    command = [*arguments, *(["--run", str(tmp_path)] if arguments[0] == "train" else [])]
    for device, words in (
        ("tpu", "the device must be auto, cpu, cuda or cuda:N, not 'tpu'"),
        ("cuda:99", "the device cuda:99 cannot be used: "),
    ):
        done = imgsearch.run(*command, "--device", device)
        assert (done.returncode, done.stdout) == (ExitCode.USAGE, b"")
        told = done.stderr.decode()
        assert told.startswith(f"imgsearch: {words}")
        assert told.count("\n") == 1


def test_what_is_used_is_told(imgsearch: Imgsearch) -> None:
    devices = json.loads(imgsearch.run("status", "--format", "json").stdout)["devices"]
    assert [one["part"] for one in devices] == ["network", "vectors"]
    assert all(one["reason"] for one in devices)
    table = imgsearch.run("status").stdout.decode()
    assert "network on" in table
    assert devices[0]["reason"] in table
    notes = [row for row in json.loads(imgsearch.run("doctor", "--format", "json").stdout) if row["note"]]
    assert [row["check"] for row in notes] == ["the network can run", "the vectors can run"]
    assert notes[0]["note"] == f"on {devices[0]['device']}: {devices[0]['reason']}"
    assert devices[0]["reason"] in imgsearch.run("doctor", "--details").stdout.decode()


@pytest.mark.skipif(not NO_GPU, reason="there is a GPU")
def test_auto_and_cpu_answer_alike_without_a_gpu(imgsearch: Imgsearch) -> None:
    answers = [imgsearch.run("query", "a dog", "-f", "json", "--device", device) for device in ("auto", "cpu")]
    assert answers[0].stdout == answers[1].stdout
    assert answers[0].returncode == 0
