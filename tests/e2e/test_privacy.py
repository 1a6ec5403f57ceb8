"""Nothing leaves the machine, and nothing that is kept tells more than was asked for."""

from __future__ import annotations

import json
import os
import shutil
import signal
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer
from PIL import Image
from PIL.TiffImagePlugin import IFDRational
from safetensors.torch import save_file

from captioning.network.backbones import build_backbone
from search.cli.app import app
from search.cli.exit_codes import ExitCode
from search.cli.folders.group import folders
from search.cli.review.group import review
from tests.e2e.conftest import Imgsearch, draw
from tests.patience import PATIENCE

# Whatever asks the network ends the process at once, with a code that no command has.
GUARD = """
import os, sys
NETWORK = {"socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo",
           "socket.gethostbyname", "urllib.Request", "http.client.connect", "ftplib.connect", "smtplib.connect"}
def forbid(event, arguments):
    # Processes of one machine speak by names in its file system, as those that load pictures for a training do.
    if event in NETWORK and getattr(arguments[0], "family", None) != 1:
        os.write(2, f"asked the network: {event} {arguments!r}".encode())
        os._exit(99)
sys.addaudithook(forbid)
"""

# Runs one command after the other, each with a line before it and its exit code behind it.
ONE_AFTER_ANOTHER = """
import functools, json, sys, typer
from search.cli import run
typer.main.get_command = functools.cache(typer.main.get_command)
for arguments in json.load(sys.stdin):
    print("$", json.dumps(arguments), file=sys.stderr, flush=True)
    sys.argv = ["imgsearch", *arguments]
    try:
        run()
        code = 0
    except SystemExit as stop:
        code = int(stop.code or 0)
    print("\\n=", code, file=sys.stderr, flush=True)
"""


@dataclass(frozen=True)
class Offline(Imgsearch):
    """The command line where every use of the network ends the process."""

    guard: Path

    def environment(self) -> dict[str, str]:
        path = os.pathsep.join(filter(None, [str(self.guard), os.environ.get("PYTHONPATH", "")]))
        return {**super().environment(), "PYTHONPATH": path}


@pytest.fixture
def offline(imgsearch: Imgsearch, tmp_path: Path) -> Offline:
    """It, with a copy of the library."""
    (tmp_path / "guard").mkdir()
    (tmp_path / "guard" / "sitecustomize.py").write_text(GUARD)
    shutil.copytree(imgsearch.library, tmp_path / "library")
    return Offline(tmp_path / "library", imgsearch.model, tmp_path / "guard")


def test_the_guard_sees_the_network(offline: Offline) -> None:
    for code in (
        "import socket; socket.create_connection(('127.0.0.1', 9), timeout=1)",
        "import urllib.request; urllib.request.urlopen('http://localhost/')",
        "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 9))",
    ):
        done = subprocess.run(
            [sys.executable, "-c", code], env=offline.environment(), capture_output=True, check=False, timeout=PATIENCE
        )
        assert done.returncode == 99, code


RECIPE = """
name = "drawn"
seed = 1
initial_weights = "{weights}"
images = ["{data}"]

[model]
backbone = "mobilenet_v3_small"
side = 32
word_size = 16
hidden = 16
text_hidden = 12
joint = 8
minimum_count = 1
keywords = 4

[[stages]]
name = "whole"
epochs = 1
objectives = {{ nll = 1.0, mmi = 1.0 }}
rate = 3e-3
batch = 4
captions = 1
"""

TERMINAL_ONLY = {"tui"}
"""Commands that draw on a terminal and never end by themselves."""


@pytest.fixture
def captioned(tmp_path: Path) -> Path:
    """Captioned pictures to train on and to measure by."""
    draw(tmp_path / "data" / "images", 12)
    entries = [
        {"filename": f"{n:03d}.png", "split": "train" if n < 8 else "val", "captions": ["a red dog", f"the {n} cats"]}
        for n in range(12)
    ]
    (tmp_path / "data" / "captions.json").write_text(json.dumps(entries))
    save_file(build_backbone("mobilenet_v3_small").features.state_dict(), tmp_path / "backbone.safetensors")
    (tmp_path / "recipe.toml").write_text(
        RECIPE.format(data=tmp_path / "data", weights=tmp_path / "backbone.safetensors")
    )
    return tmp_path / "data"


def test_no_command_asks_the_network(offline: Offline, photos: Path, tmp_path: Path, captioned: Path) -> None:
    fresh = draw(tmp_path / "fresh", 2, seed=8)
    picture = photos / "000.png"
    commands: list[list[str | Path]] = [
        ["index", fresh],
        ["query", "a dog"],
        ["query", "--image", picture],
        ["caption", photos / "001.png", "--nearest", "2"],
        ["status"],
        ["similar", picture],
        ["captions", "a dog"],
        ["problems"],
        ["review", "list"],
        ["review", "accept", picture],
        ["review", "edit", picture, "a dog of ours"],
        ["review", "reject", photos / "001.png"],
        ["review", "tag", picture, "--add", "kept"],
        ["learn"],
        ["review", "mark", picture, "--rating", "4"],
        ["albums", "add", "Kept", picture],
        ["albums", "save", "Dogs", "a dog album:Kept"],
        ["albums"],
        ["query", "album:Dogs"],
        ["review", "undo"],
        ["review", "redo"],
        ["review", "history", picture],
        ["review", "stats"],
        ["export", tmp_path / "words.json", "--proposals"],
        ["export", "--format", "xmp", "--library", tmp_path / "other"],
        ["import", tmp_path / "words.json"],
        ["import", "--own"],
        ["config"],
        ["folders", "list"],
        ["folders", "add", fresh],
        ["folders", "set", fresh, "--hidden"],
        ["folders", "remove", fresh],
        ["doctor", "--fix"],
        ["backup", tmp_path / "b.sqlite"],
        ["restore", tmp_path / "b.sqlite"],
        ["rebuild"],
        ["prune"],
        ["merge", tmp_path / "other"],
        ["eval", "--data", captioned, "--split", "val"],
        ["train", tmp_path / "recipe.toml", "--run", tmp_path / "run"],
        ["demo", fresh, "--library", tmp_path / "shown"],
    ]
    shutil.copytree(offline.library, tmp_path / "other")
    # In a copy: the figures are written into the model.
    own = shutil.copy(str(offline.model), tmp_path / "own.safetensors")
    commands += [["duplicates"], ["calibrate", "--data", captioned, "--model", own]]
    done = subprocess.run(
        [sys.executable, "-c", ONE_AFTER_ANOTHER],
        input=json.dumps([offline.arguments(*command) for command in commands]).encode(),
        env=offline.environment(),
        capture_output=True,
        check=False,
        timeout=PATIENCE,
    )
    said = done.stderr.decode()
    assert done.returncode == 0, said
    codes = [int(line.removeprefix("= ")) for line in said.splitlines() if line.startswith("= ")]
    assert len(codes) == len(commands), said
    # Nothing was set aside, and no photograph is there twice; there may be too few to learn from.
    nothing = (["problems"], ["duplicates"])
    assert codes[:-1] == [ExitCode.NOTHING_FOUND if each in nothing else ExitCode.OK for each in commands[:-1]], said
    # What searches the current folder does as those that index and query.
    tried = {*(str(command[0]) for command in commands), "watch", "search"}
    assert tried == _names(app) - TERMINAL_ONLY
    assert {str(command[1]) for command in commands if command[0] == "review"} == _names(review)
    assert {str(command[1]) for command in commands if command[0] == "folders"} == _names(folders)


def _names(commands: typer.Typer) -> set[str]:
    own = {one.name or getattr(one.callback, "__name__", "") for one in commands.registered_commands}
    return own | {str(one.typer_instance.info.name) for one in commands.registered_groups if one.typer_instance}


@pytest.mark.skipif(os.name == "nt", reason="the system interrupts in another way")
def test_watching_asks_no_network(offline: Offline, tmp_path: Path) -> None:
    fresh = draw(tmp_path / "fresh", 2, seed=8)
    with subprocess.Popen(
        offline.command("watch", fresh), env=offline.environment(), stderr=subprocess.PIPE, stdout=subprocess.PIPE
    ) as watcher:
        assert watcher.stderr is not None
        assert any(line.startswith(b"2 new") for line in watcher.stderr)
        watcher.send_signal(signal.SIGINT)
        assert watcher.wait(PATIENCE) == 130


def test_where_a_photograph_was_taken_is_not_kept_unasked(imgsearch: Imgsearch, tmp_path: Path) -> None:
    mine = Imgsearch(Path(shutil.copytree(imgsearch.library, tmp_path / "library")), imgsearch.model)
    picture = Image.new("RGB", (40, 40), (9, 120, 200))
    exif = Image.Exif()
    exif[0x0110] = "Camera X"
    exif.get_ifd(0x8825).update(
        {1: "N", 2: (IFDRational(47), IFDRational(22), IFDRational(35_555, 1000)), 3: "E", 4: (8, 32, 30)}
    )
    (tmp_path / "gps").mkdir()
    picture.save(tmp_path / "gps" / "a.jpg", exif=exif)
    with Image.open(tmp_path / "gps" / "a.jpg") as saved:
        assert saved.getexif().get_ifd(0x8825)[1] == "N"
    assert mine.run("index", tmp_path / "gps").returncode == 0
    kept = b"".join(path.read_bytes() for path in mine.library.rglob("*") if path.is_file())
    assert b"Camera X" in kept
    for trace in (b"35.555", b"35555", b"47.37", struct.pack(">d", 47.3765431)):
        assert trace not in kept
    assert b"47.37" not in mine.run("export", "--format", "jsonl", "--proposals", "--gps").stdout
    asked = mine.run("index", tmp_path / "gps", "--gps")
    assert (asked.returncode, b"Where 1 photograph was taken is now known." in asked.stderr) == (0, True)
    assert b"47.37" not in mine.run("export", "--format", "jsonl", "--proposals").stdout
    assert b'"latitude": 47.3765431' in mine.run("export", "--format", "jsonl", "--proposals", "--gps").stdout
    assert b"is forgotten." in mine.run("index", tmp_path / "gps", "--no-gps").stderr
    assert b"47.37" not in mine.run("export", "--format", "jsonl", "--proposals", "--gps").stdout
