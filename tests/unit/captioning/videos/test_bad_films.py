"""What is no film, or a bad one, is told in a clause; a decoder that hangs or breaks down is ended."""

from __future__ import annotations

import os
import shutil
import signal
import struct
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import av
import pytest

from captioning.errors import UnreadableVideoError
from captioning.videos import read_facts, read_frame, reader, sampled_frames
from tests.films import add_tone, make_film, pattern, rewrite

NOT_A_VIDEO = "it is not a video that can be decoded"
NO_FRAME = "no frame of it can be decoded"


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of each of three patterns, a key frame at each second."""
    scenes = [(pattern(seed), 2.0) for seed in range(3)]
    return make_film(tmp_path_factory.mktemp("good") / "good.mp4", scenes, gop=10, sound=True)


def half(good: Path, path: Path) -> None:
    path.write_bytes(good.read_bytes()[: good.stat().st_size // 2])


def empty(good: Path, path: Path) -> None:
    path.touch()


def words(good: Path, path: Path) -> None:
    path.write_text("a holiday at the sea\n" * 50)


def photograph(good: Path, path: Path) -> None:
    pattern(1).save(path, "JPEG")


def playlist(good: Path, path: Path) -> None:
    path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\n{good}\n#EXT-X-ENDLIST\n")


def joined(good: Path, path: Path) -> None:
    path.write_text(f"ffconcat version 1.0\nfile '{good}'\n")


def pipe(good: Path, path: Path) -> None:
    os.mkfifo(path)


def folder(good: Path, path: Path) -> None:
    path.mkdir()


def nothing(good: Path, path: Path) -> None:
    assert not path.exists()


def encrypted(good: Path, path: Path) -> None:
    key = "00112233445566778899aabbccddeeff"
    rewrite(good, path, encryption_scheme="cenc-aes-ctr", encryption_key=key, encryption_kid=key)


def sound_alone(good: Path, path: Path) -> None:
    with av.open(str(path), "w") as container:
        add_tone(container, seconds=1.0)


def no_frames(good: Path, path: Path) -> None:
    with av.open(str(path), "w", format="avi") as container:
        stream = container.add_stream("mpeg4", 10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        container.start_encoding()


def damaged_frames(good: Path, path: Path) -> None:
    content = bytearray(make_film(path, [("red", 1.0)], codec="mjpeg", pixel_format="yuvj420p").read_bytes())
    begin, end = content.index(b"mdat") + 4, content.index(b"moov") - 4
    content[begin:end] = bytes(end - begin)
    path.write_bytes(content)


def too_large(good: Path, path: Path) -> None:
    film = make_film(path.with_suffix(".avi"), [("red", 0.1)], codec="rawvideo")
    path.write_bytes(film.read_bytes().replace(struct.pack("<ii", 64, 48), struct.pack("<ii", 9000, 9000)))


BAD: dict[Callable[[Path, Path], None], str] = {
    half: "its index is missing, perhaps since it was never finished",
    empty: "the file is empty",
    words: NOT_A_VIDEO,
    photograph: NOT_A_VIDEO,
    playlist: NOT_A_VIDEO,
    joined: NOT_A_VIDEO,
    pipe: "it is not a regular file",
    folder: "it is not a regular file",
    nothing: "there is no such file",
    encrypted: "it is encrypted",
    sound_alone: "it holds sound and no pictures",
    no_frames: NO_FRAME,
    damaged_frames: NO_FRAME,
    too_large: "its frames have more than 70,000,000 pixels",
}


@pytest.mark.parametrize("spoil", BAD, ids=lambda spoil: spoil.__name__)
def test_what_cannot_be_read_says_why(good: Path, tmp_path: Path, spoil: Callable[[Path, Path], None]) -> None:
    if spoil is pipe and not hasattr(os, "mkfifo"):
        pytest.skip("there are no pipes in folders here")
    film = tmp_path / "bad.mp4"
    spoil(good, film)
    for read in (read_facts, lambda path: read_frame(path, 0.5), lambda path: list(sampled_frames(path, side=8))):
        with pytest.raises(UnreadableVideoError) as caught:
            read(film)
        assert caught.value.reason == BAD[spoil]


def test_what_was_not_cut_away_is_read(good: Path, tmp_path: Path) -> None:
    whole = rewrite(good, tmp_path / "whole.mp4", movflags="faststart")
    half(whole, tmp_path / "cut.mp4")
    half(rewrite(good, tmp_path / "whole.mkv"), tmp_path / "cut.mkv")
    for name in ("cut.mp4", "cut.mkv"):
        seconds = read_facts(tmp_path / name).duration
        times = [frame.time for frame in sampled_frames(tmp_path / name, side=8)]
        assert times == list(range(len(times)))
        assert 1 <= len(times) < 6
        assert times[-1] < seconds < 6.0


def test_a_wrong_ending_says_nothing_against_a_film(good: Path, tmp_path: Path) -> None:
    film = tmp_path / "a.avi"
    shutil.copy(good, film)
    assert read_facts(film).format == "MP4"
    assert len(list(sampled_frames(film, side=8))) == 6


def test_a_film_of_one_frame_is_one(tmp_path: Path) -> None:
    for name in ("one.mp4", "one.mkv", "one.avi"):
        film = make_film(tmp_path / name, [("red", 0.1)], codec="mpeg4")
        assert read_facts(film).duration == pytest.approx(0.1)
        assert [frame.time for frame in sampled_frames(film, side=8)] == [0.0]
        assert read_frame(film, 5.0).size == (64, 48)


def test_stamps_of_time_may_be_nothing_or_below_it(good: Path, tmp_path: Path) -> None:
    never = rewrite(good, tmp_path / "never.mkv", stamp=lambda ticks: 0)
    assert [frame.time for frame in sampled_frames(never, side=8)] == [0.0]
    assert read_facts(never).duration > 0
    # What lies before the beginning is hidden, and shown frames that lean on it are decoded.
    hidden = make_film(tmp_path / "hidden.mp4", [("red", 2.0), ("blue", 2.0)], start=-1.0)
    frames = list(sampled_frames(hidden, side=8))
    assert [frame.time for frame in frames] == pytest.approx([0.0, 1.0])
    assert frames[0].pixels[0, 0, 0] > 240 > 20 > frames[1].pixels[0, 0, 0]
    assert read_facts(hidden).duration == pytest.approx(3.0)


def test_a_film_of_8k_is_read(tmp_path: Path) -> None:
    film = tmp_path / "8k.mkv"
    with av.open(str(film), "w") as container:
        stream = container.add_stream("mjpeg", 10)
        stream.width, stream.height, stream.pix_fmt = 8192, 4320, "yuvj420p"
        container.mux(stream.encode(av.VideoFrame(8192, 4320, "yuvj420p")))
        container.mux(stream.encode())
    assert read_frame(film, 0.0, side=512).size == (512, 270)
    assert [frame.pixels.shape for frame in sampled_frames(film, side=64)] == [(64, 64, 3)]


def test_a_film_that_changes_while_it_is_read_is_set_aside(good: Path, tmp_path: Path) -> None:
    film = tmp_path / "a.mp4"
    shutil.copy(good, film)
    # Frames so large that the decoder waits with the second one until it is taken.
    frames = sampled_frames(film, side=512)
    assert next(frames).time == 0.0
    with film.open("ab") as more:
        more.write(b"more")
    with pytest.raises(UnreadableVideoError, match="it was changed while it was read"):
        list(frames)


def test_who_has_seen_enough_ends_the_work(good: Path) -> None:
    with closing(sampled_frames(good, side=512)) as frames:
        assert next(frames).key
    assert len(list(sampled_frames(good, side=8))) == 6


def test_a_decoder_that_hangs_is_ended(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with reader._idle.lent() as process:
        list(process.ask(good, seconds=60.0, wanted="facts"))
        process._process.send_signal(signal.SIGSTOP)
        with pytest.raises(UnreadableVideoError, match="takes longer than 30 seconds"):
            list(process.ask(good, seconds=0.01, wanted="facts"))
        assert not process.ready
    # The next one is asked as if nothing had been.
    assert read_facts(good).has_audio


def test_a_decoder_that_breaks_down_is_told_of(good: Path) -> None:
    with reader._idle.lent() as process:
        process._process.kill()
        with pytest.raises(UnreadableVideoError, match="its decoder broke down"):
            list(process.ask(good, seconds=60.0, wanted="facts"))
    assert read_facts(good).has_audio


ENDLESS = """
from captioning.apart.program import Progress
Progress(0.1)
while True:
    pass
"""


def test_a_decoder_that_nobody_waits_for_ends_by_itself() -> None:
    process = subprocess.run([sys.executable, "-c", ENDLESS], check=False)
    assert -process.returncode in {signal.SIGPROF, signal.SIGALRM}


SLOW = """
from captioning.apart import program
program.monotonic = iter(range(0, 100, 3)).__next__
program.end_after = lambda seconds: print(f"{seconds:.0f} seconds", flush=True)
progress = program.Progress(30.0)
for _ in range(2):
    progress.step()
"""


def test_work_that_goes_on_is_given_more_time() -> None:
    process = subprocess.run([sys.executable, "-c", SLOW], check=True, capture_output=True, text=True)
    assert process.stdout.splitlines() == ["30 seconds", *2 * ["0 seconds", '{"bytes": 0}', "30 seconds"]]
