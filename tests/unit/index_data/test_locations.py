from __future__ import annotations

from pathlib import Path

from index_data.addresses import library_address
from index_data.locations import LibraryPaths, demo_folder, migrations_folder, usual_library_folder


def test_the_option_goes_before_the_environment_before_the_users_folder(tmp_path: Path) -> None:
    environment = {"IMGSEARCH_LIBRARY": str(tmp_path / "named")}
    assert library_address(tmp_path / "option", environment) == tmp_path / "option"
    assert library_address(None, environment) == tmp_path / "named"
    assert library_address(None, {}) == usual_library_folder()
    assert library_address(None, {"IMGSEARCH_LIBRARY": ""}) == usual_library_folder()
    assert demo_folder().parent == usual_library_folder().parent
    assert demo_folder() != usual_library_folder()


def test_folders_become_absolute_and_know_the_home() -> None:
    assert library_address(Path("here"), {}) == Path.cwd() / "here"
    assert library_address(Path("~/here"), {}) == Path.home() / "here"


def test_the_migrations_are_found_and_shadow_no_library() -> None:
    assert (migrations_folder() / "env.py").is_file()
    assert not (migrations_folder() / "__init__.py").exists()


def test_every_file_of_a_library_lies_in_its_folder(tmp_path: Path) -> None:
    paths = LibraryPaths(tmp_path)
    models = ("m@0123456789ab", "m@123456789abc")
    files = [paths.catalogue, paths.lock, paths.backups, paths.index("captions", models[0])]
    files += [paths.text_encoders, *(paths.index("images", model) for model in models)]
    assert {file.parent for file in files} == {tmp_path}
    assert paths.text_encoder("odd/../name@0123456789ab").parent == paths.text_encoders
    assert len(set(files)) == 7
