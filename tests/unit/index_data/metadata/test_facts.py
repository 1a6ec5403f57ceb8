"""When a photograph was taken: the original before the digitised before the modified, whoever wrote it."""

from __future__ import annotations

import io
import os
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from PIL.TiffImagePlugin import IFDRational

from captioning.images import open_image
from index_data.metadata.facts import camera_of, facts_of, taken_at

TAKEN, SCANNED, CHANGED = datetime(2012, 3, 4, 5, 6, 7), datetime(2015, 3, 4), datetime(2020, 1, 2, 3, 4, 5)

SPACES = (
    'xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
    'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:tiff="http://ns.adobe.com/tiff/1.0/"'
)


def packet(attributes: str = "", body: str = "") -> bytes:
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" {SPACES} {attributes}>{body}</rdf:Description></rdf:RDF></x:xmpmeta>'
    ).encode()


def exif(*, first: dict[int, Any] | None = None, details: dict[int, Any] | None = None, gps: Any = None) -> Image.Exif:
    made = Image.Exif()
    # Without a camera Pillow writes nothing for some formats.
    made.update({0x10F: "Canon", **(first or {})})
    if details:
        made[0x8769] = details
    if gps:
        made[0x8825] = gps
    return made


def save(path: Path, **options: Any) -> Path:
    if path.suffix == ".tif" and "exif" in options:
        options["exif"] = options["exif"].tobytes()
    Image.new("RGB", (8, 8)).save(path, **options)
    return path


def date_of(path: Path) -> datetime | None:
    with open_image(path) as image:
        return taken_at(image, facts_of(image), os.fsencode(path))


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "tif", "avif"])
def test_the_original_goes_before_the_digitised_before_the_modified(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    original, digitised, modified = "2012:03:04 05:06:07", "2015:03:04 00:00:00", "2020:01:02 03:04:05"
    save(path, exif=exif(first={0x132: modified}, details={0x9003: original, 0x9004: digitised}))
    assert date_of(path) == TAKEN
    save(path, exif=exif(first={0x132: modified}, details={0x9003: "0000:00:00 00:00:00", 0x9004: digitised}))
    assert date_of(path) == SCANNED
    save(path, exif=exif(first={0x132: modified}))
    assert date_of(path) == CHANGED
    save(path, exif=exif(details={0x9004: digitised}))
    assert date_of(path) == SCANNED
    save(path)
    assert date_of(path) is None


def test_decimals_of_seconds_and_zones(tmp_path: Path) -> None:
    details = {0x9003: "2012:03:04 05:06:07", 0x9291: "25", 0x9011: "+09:00", 0x9010: "+01:00"}
    assert date_of(save(tmp_path / "a.jpg", exif=exif(details=details))) == TAKEN.replace(microsecond=250_000)


@pytest.mark.parametrize(
    "written",
    [
        packet('exif:DateTimeOriginal="2012-03-04T05:06:07+01:00"'),
        packet(body="<exif:DateTimeOriginal>2012-03-04T05:06:07</exif:DateTimeOriginal>"),
        packet('photoshop:DateCreated="2012-03-04T05:06:07" xmp:ModifyDate="2020-01-02T03:04:05"'),
        packet('exif:DateTimeDigitized="2012-03-04T05:06:07" xmp:ModifyDate="2020-01-02T03:04:05"'),
        packet('xmp:CreateDate="2012-03-04T05:06:07.000Z"'),
        packet('exif:DateTimeOriginal="0000-00-00T00:00:00" xmp:CreateDate="2012-03-04T05:06:07"'),
    ],
)
def test_xmp_inside_and_beside_goes_before_a_later_change(tmp_path: Path, written: bytes) -> None:
    changed = exif(first={0x132: "2020:01:02 03:04:05"})
    assert date_of(save(tmp_path / "inside.jpg", exif=changed, xmp=written)) == TAKEN
    path = save(tmp_path / "beside.jpg", exif=changed)
    (tmp_path / "beside.jpg.xmp").write_bytes(written)
    assert date_of(path) == TAKEN
    (tmp_path / "beside.jpg.xmp").rename(tmp_path / "BESIDE.XMP")
    assert date_of(path) == TAKEN


def test_a_sidecar_sets_right_what_the_camera_got_wrong(tmp_path: Path) -> None:
    path = save(tmp_path / "a.jpg", exif=exif(details={0x9003: "2000:01:01 00:00:00"}))
    (tmp_path / "a.xmp").write_bytes(packet('exif:DateTimeOriginal="2012-03-04T05:06:07"'))
    assert date_of(path) == TAKEN
    (tmp_path / "a.xmp").write_bytes(b"no XMP")
    assert date_of(path) == datetime(2000, 1, 1)


def test_the_clocks_of_satellites(tmp_path: Path) -> None:
    gps = {29: "2012:03:04", 7: (IFDRational(20), IFDRational(6), IFDRational(70, 10))}
    changed = {0x132: "2020:01:02 03:04:05"}
    assert date_of(save(tmp_path / "a.jpg", exif=exif(first=changed, gps=gps))) == datetime(2012, 3, 4, 20, 6, 7)
    known = exif(first=changed, details={0x9010: "+09:00"}, gps=gps)
    assert date_of(save(tmp_path / "b.jpg", exif=known)) == datetime(2012, 3, 5, 5, 6, 7)
    assert date_of(save(tmp_path / "c.jpg", exif=exif(gps={29: "2012:03:04"}))) == datetime(2012, 3, 4)
    nonsense = exif(gps={29: "0000:00:00", 7: (IFDRational(1, 0),) * 3})
    assert date_of(save(tmp_path / "d.jpg", exif=nonsense)) is None


def test_iptc_and_png(tmp_path: Path) -> None:
    def record(number: int, value: bytes) -> bytes:
        return b"\x1c\x02" + bytes([number]) + len(value).to_bytes(2, "big") + value

    held = io.BytesIO()
    Image.new("RGB", (8, 8)).save(held, "JPEG", exif=exif(first={0x132: "2020:01:02 03:04:05"}))
    for records in (
        record(55, b"20120304") + record(60, b"050607+0100"),
        record(62, b"20120304") + record(63, b"050607"),
    ):
        block = b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0" + len(records).to_bytes(4, "big") + records + b"\0"
        jpeg = held.getvalue()
        path = tmp_path / "a.jpg"
        path.write_bytes(jpeg[:2] + b"\xff\xed" + (len(block) + 2).to_bytes(2, "big") + block + jpeg[2:])
        assert date_of(path) == TAKEN
    text = PngInfo()
    text.add_text("Creation Time", "Sun, 04 Mar 2012 05:06:07 +0000")
    assert date_of(save(tmp_path / "a.png", pnginfo=text)) == TAKEN


def test_a_camera_cannot_steer_a_terminal(tmp_path: Path) -> None:
    made = exif(first={0x10F: "Nikon\x1b]52;c;ZXZpbA==\x1b\\", 0x110: "D90"})
    with open_image(save(tmp_path / "a.jpg", exif=made)) as image:
        camera = camera_of(facts_of(image))
    assert camera == "Nikon ]52;c;ZXZpbA== \\ D90"
