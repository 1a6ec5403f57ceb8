"""What one computer keeps of models, every other one has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from captioning.outputs import ModelIdentity
from index_data.addresses import ServerAddress
from index_data.catalogue.postgresql import kept_files
from index_data.errors import LibraryLockedError
from index_data.learnt_models import LearntModels
from index_data.library import Library
from index_data.locations import relevance_file
from index_data.maintenance.doctor import examine
from index_data.maintenance.merge import merge
from index_data.maintenance.restore import restore
from tests.libraries import new_library
from tests.tiny_model import write_tiny_model
from tests.unit.index_data.conftest import FakeDescriber, index

Computer = Callable[[str], Library]


@pytest.fixture
def on(address: ServerAddress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Computer]:
    """Opens the library on a computer of a name."""
    with ExitStack() as opened:

        def library_on(name: str) -> Library:
            monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / name))
            # An address keeps no folder, so that each computer has its own.
            return opened.enter_context(Library.open(ServerAddress(address.url)))

        yield library_on


def kept(library: Library, model: ModelIdentity) -> tuple[bytes, bytes]:
    """What a library has of a model on its computer."""
    file = library.text_encoder(model)
    return file.read_bytes(), relevance_file(file).read_bytes()


def test_what_reads_sentences_is_on_every_computer(
    on: Computer, tmp_path: Path, photos: Path, describer: FakeDescriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_files, "PART", 1000)
    weighs = bytes(range(256)) * 20  # more than one part
    describer.path = tmp_path / "fake.safetensors"
    relevance_file(describer.path).write_bytes(weighs)
    here, there = on("here"), on("there")
    index(here, photos, describer)
    assert not there.paths.text_encoders.exists()
    assert kept(there, describer.identity) == (describer.identity.id.encode(), weighs)
    # What is damaged here, or fitted anew there, is brought again.
    there.text_encoder(describer.identity).write_bytes(b"nonsense")
    assert kept(on("there"), describer.identity) == (describer.identity.id.encode(), weighs)
    relevance_file(describer.path).write_bytes(weighs[::-1])
    index(here, photos, describer)
    assert kept(there, describer.identity) == (describer.identity.id.encode(), weighs[::-1])
    # A library in a folder that takes all in reads sentences, too.
    with new_library(tmp_path / "folder") as folder:
        merge(folder, here.address)
        assert kept(folder, describer.identity) == kept(here, describer.identity)


def test_a_model_that_nobody_asks_any_more_is_forgotten_everywhere(
    on: Computer, photos: Path, describer: FakeDescriber
) -> None:
    here, there = on("here"), on("there")
    index(here, photos, describer)
    file = there.text_encoder(describer.identity)
    index(here, photos, FakeDescriber("later"))
    assert here.files.names(here.paths.text_encoders) == [
        here.paths.text_encoder(FakeDescriber("later").identity.id).name
    ]
    assert there.stray_files() == [file]
    list(examine(there, fix=True))
    assert not file.exists()


def test_models_that_were_learnt_are_used_and_forgotten_on_every_computer(on: Computer, tmp_path: Path) -> None:
    here, there = LearntModels(on("here")), LearntModels(on("there"))
    with here.learning(), pytest.raises(LibraryLockedError, match=r"another imgsearch is learning in postgresql://"):
        there.learning().__enter__()

    def write(path: Path, number: int) -> None:
        write_tiny_model(path, name=f"tiny+{number}", seed=number)
        relevance_file(path).write_bytes(b"fitted")

    with there.learning():
        assert [there.add(write), there.add(write)] == [1, 2]
        there.use(2)
    used = here.path_in_use()
    assert used is not None
    assert used.is_relative_to(tmp_path / "here")
    assert (used.read_bytes(), relevance_file(used).read_bytes()) == (there.path(2).read_bytes(), b"fitted")
    assert here.read(1).file.name == "tiny+1"
    # A copy that is damaged is brought again.
    there.path(1).write_bytes(b"nonsense")
    assert LearntModels(on("there")).faults() == []
    assert here.forget() == 2
    assert (there.numbers(), there.used(), there.path_in_use()) == ([], 0, None)


def test_a_restored_library_still_has_its_models(
    on: Computer, tmp_path: Path, photos: Path, describer: FakeDescriber
) -> None:
    here = on("here")
    index(here, photos, describer)
    here.database.back_up(tmp_path / "backup.sqlite")
    restore(tmp_path / "backup.sqlite", here.address)
    assert on("there").text_encoder(describer.identity).is_file()


def test_a_name_on_the_server_leads_nowhere_else(on: Computer, address: ServerAddress) -> None:
    here = on("here")
    with psycopg.connect(address.url) as connection:
        connection.execute("INSERT INTO kept_file VALUES ('models/../../../evil', ''), ('learnt/.hidden', '')")
    assert here.files.names(here.paths.text_encoders) == here.files.names(here.paths.learnt) == []
