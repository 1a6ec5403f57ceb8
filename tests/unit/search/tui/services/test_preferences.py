"""Settings are changed while the app goes on, by several threads at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from index_data.settings import Settings, read_settings
from search.tui.services.preferences import Preferences


def test_of_changes_that_come_at_once_none_undoes_another(tmp_path: Path) -> None:
    preferences = Preferences(Settings(), tmp_path / "settings.toml")
    wanted = {f"browse.key{number}": "x" for number in range(24)}
    with ThreadPoolExecutor(max_workers=8) as threads:
        list(threads.map(lambda name: preferences.change(f"keys.{name}", ["x"]), wanted))
    assert preferences.settings.keys == wanted
    assert preferences.settings == read_settings(preferences.file)
