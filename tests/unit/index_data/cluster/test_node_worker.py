"""What a machine says of itself before it gets work."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from captioning.errors import DeviceError
from index_data.cluster.node_worker import Expected, NodeWorker, OpenCaptioner, installed_version
from index_data.cluster.tasks import PhotographsTask, ReadFiles
from index_data.scan.decode import ReadableFile, UnreadableFile
from index_data.scan.walk import FoundFile
from tests.unit.index_data.conftest import FakeDescriber


@pytest.fixture
def expected(photos: Path, describer: FakeDescriber) -> Expected:
    """What this machine has."""
    return Expected(installed_version(), describer.identity.id, (os.fsencode(photos / "0.png"),))


def test_a_machine_that_has_what_is_needed_takes_part(expected: Expected, describer: FakeDescriber) -> None:
    introduction = NodeWorker(lambda: (describer, "cpu: as here"), cores=1).introduce(expected)
    assert (introduction.obstacle, introduction.device) == ("", "cpu: as here")


def test_a_machine_that_lacks_something_says_what(
    expected: Expected, describer: FakeDescriber, photos: Path, tiny_model: Path
) -> None:
    def obstacle(other: Expected) -> str:
        return NodeWorker(lambda: (describer, ""), cores=1).introduce(other).obstacle

    own = installed_version()
    assert obstacle(replace(expected, version="9.9")) == f"it has imgsearch {own} and this machine 9.9"
    other = f"its model is {expected.model} and that of this machine other@1"
    assert obstacle(replace(expected, model="other@1")) == other
    nowhere = os.fsencode(photos / "nosuch.png")
    assert obstacle(replace(expected, landmarks=(*expected.landmarks, nowhere))) == (
        f"it cannot open {photos / 'nosuch.png'}, which this machine can"
    )
    missing = photos / "model.safetensors"
    worker = NodeWorker(OpenCaptioner(missing, "cpu", 1), cores=1)
    assert worker.introduce(expected).obstacle == f"there is no model file {missing}"
    worker = NodeWorker(OpenCaptioner(tiny_model, "toaster", 1), cores=1)
    with pytest.raises(DeviceError):
        worker.describer, _ = OpenCaptioner(tiny_model, "toaster", 1)()
    assert worker.introduce(expected).obstacle.startswith("the device must be")


def test_a_task_gives_descriptions_without_pixels_and_knows_what_needs_none(
    expected: Expected, describer: FakeDescriber, photos: Path
) -> None:
    worker = NodeWorker(lambda: (describer, ""), cores=2)
    worker.introduce(expected)
    (photos / "bad.png").write_text("no picture")
    files = tuple(
        FoundFile(os.fsencode(path), path.stat().st_size, path.stat().st_mtime_ns)
        for path in sorted(photos.glob("*.png"))
    )
    task = PhotographsTask(files, (10**6,) * len(files))
    *steps, read = worker.run(task)
    assert isinstance(read, ReadFiles)
    assert sum(step for step in steps if isinstance(step, int)) == len(read.descriptions) == 5
    assert [result.file for result in read.results] == list(files)
    pictures = [result for result in read.results if isinstance(result, ReadableFile)]
    assert all(picture.pixels is None and picture.facts for picture in pictures)
    assert [type(result) for result in read.results].count(UnreadableFile) == 1
    *_, again = worker.run(replace(task, known=frozenset(read.descriptions)))
    assert isinstance(again, ReadFiles)
    assert not again.descriptions
    assert [result.content_hash for result in again.results if isinstance(result, ReadableFile)] == [
        picture.content_hash for picture in pictures
    ]
    assert worker.sees(files[0].path)
    # However it is divided, it is the same in the same order.
    assert [file for part in task.parts() for file in part.files] == list(files)
