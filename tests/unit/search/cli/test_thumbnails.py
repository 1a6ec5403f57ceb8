"""`--show` draws as the setting `pictures` says, which the browser goes by, too."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from index_data.catalogue.records import Moment
from search.cli.thumbnails import show_thumbnails
from search.engine.hits import Hit
from tests.films import make_film


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


def test_show_draws_the_frame_of_a_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    film = make_film(tmp_path / "film.mp4", [("black", 2), ("white", 2)])
    (tmp_path / "settings.toml").write_text('pictures = "blocks"\n')
    monkeypatch.setenv("IMGSEARCH_CONFIG", str(tmp_path / "settings.toml"))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    moment = Moment(2.0, 4.0, 3.0)
    hits = [Hit(0, 1.0, 0.9, 1, (bytes(film),), "a wall", (), moment=moment)]
    hits += [Hit(1, 1.0, 0.9, 2, (bytes(tmp_path / "gone.mp4"),), "gone", (), moment=moment)]
    show_thumbnails(hits)
    out, err = capsys.readouterr()
    assert "1  0:02\N{EN DASH}0:04  a wall" in out
    # White, as that part of the film is.
    assert "\x1b[97;107m" in out
    assert "not drawn: " in err
    assert "gone.mp4 0:02\N{EN DASH}0:04" in err
