"""`--show` draws as the setting `pictures` says, which the browser goes by, too."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from search.cli.thumbnails import show_thumbnails
from search.engine.hits import Hit


@pytest.mark.parametrize(
    ("setting", "draws"), [("blocks", "▀"), ("sixel", "\x1bP"), ("iterm2", "\x1b]1337;File="), ("none", "")]
)
def test_show_obeys_the_setting(
    setting: str, draws: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("RGB", (40, 30), "red").save(tmp_path / "a.png")
    (tmp_path / "settings.toml").write_text(f'pictures = "{setting}"\n')
    monkeypatch.setenv("IMGSEARCH_CONFIG", str(tmp_path / "settings.toml"))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    show_thumbnails([Hit(0, 1.0, 0.9, 1, (bytes(tmp_path / "a.png"),), "a red picture", ())])
    out, err = capsys.readouterr()
    assert draws in out
    assert ("a red picture" in out, "setting `pictures`" in err) == (bool(draws), not draws)
