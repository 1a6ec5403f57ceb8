"""`--show` draws as the setting `pictures` says, which the browser goes by, too."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from textual_image.renderable import HalfcellImage, SixelImage, TGPImage

from search.cli.thumbnails import drawn_by, show_thumbnails
from search.engine.hits import Hit


def test_the_setting_says_what_draws() -> None:
    assert [drawn_by(name) for name in ("kitty", "sixel", "blocks", "none")] == [
        TGPImage,
        SixelImage,
        HalfcellImage,
        None,
    ]


@pytest.mark.parametrize(("setting", "draws"), [("blocks", True), ("none", False)])
def test_show_obeys_the_setting(
    setting: str, draws: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("RGB", (40, 30), "red").save(tmp_path / "a.png")
    (tmp_path / "settings.toml").write_text(f'pictures = "{setting}"\n')
    monkeypatch.setenv("IMGSEARCH_CONFIG", str(tmp_path / "settings.toml"))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    show_thumbnails([Hit(0, 1.0, 0.9, 1, (bytes(tmp_path / "a.png"),), "a red picture", ())])
    out, err = capsys.readouterr()
    assert ("▀" in out, "a red picture" in out, "setting `pictures`" in err) == (draws, draws, not draws)
