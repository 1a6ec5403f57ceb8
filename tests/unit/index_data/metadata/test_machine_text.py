"""What machines write is nobody's caption, and what people write is somebody's."""

from __future__ import annotations

import pytest

from index_data.metadata.machine_text import is_machine_made

MACHINES = [
    *(
        "OLYMPUS DIGITAL CAMERA",
        "OLYMPUS DIGITAL CAMERA         ",
        "SANYO DIGITAL CAMERA",
        "KONICA MINOLTA DIGITAL CAMERA",
    ),
    *("MINOLTA DIGITAL CAMERA", "KODAK Digital Still Camera", "Jenoptik Digital Camera", "SONY DSC", "Minolta DSC"),
    *("My beautiful picture", "SAMSUNG CAMERA PICTURES", "SAMSUNG", "<Digimax i5, Samsung #1>", "Exif_JPEG_PICTURE"),
    *("<Samsung S85 / Kenox S85 / Digimax S85>", "Exif JPEG", "Digital StillCamera", "DSC", "default", "Untitled"),
    *(
        "cof",
        "dav",
        "sdr",
        "edf",
        "nor",
        "oznor",
        "oznorWO",
        "oznorCOMR",
        "hdrpl",
        "rhdr",
        "fbt",
        "fbthdr",
        "btr",
        "mde",
    ),
    *("mde_soft", "btfmdn", "btfhdr", "rpt", "burst", "sdr_HDRB", "qrf", "fshbty", "frem", "mon", "ptr", "frontbhdp"),
    *(
        "DCIM\\100MEDIA\\DJI_0042.JPG",
        "DCIM/101GOPRO/GOPR0123.JPG",
        "IMG_1234.JPG",
        "C:\\Users\\Anna\\a.tif",
        "DSC00042",
    ),
    *("IMG_1234", "P1010042", "DSCN0001", "DSCF1234", "PXL_20200101_123456789", "IMG-20200101-WA0001", "CIMG0042"),
    *("MVIMG_20190101_123456", "mmexport1500000000000", "Screenshot", "Screenshot_20200101-120000", "scan0001"),
    *("binary comment", "charset=Ascii", "charset=Ascii binary comment", "User comments", "ImageDescription", "(null)"),
    *(
        "CREATOR: gd-jpeg v1.0 (using IJG JPEG v62), quality = 90",
        "Created with GIMP",
        "Created with The GIMP",
        "AppleMark",
    ),
    *(
        "LEAD Technologies Inc. V1.01",
        "Lavc57.107.100",
        "Processed with VSCO with a6 preset",
        "Picasa",
        "XV Version 3.10",
    ),
    *("Optimized by JPEGmini 3.9", "File written by Adobe Photoshop\u00a8 4.0", "Intel(R) JPEG Library, version 1.5"),
    *(
        "Processed By eBay with ImageMagick, z1.1.0. ||B2",
        "Handmade Software, Inc. Image Alchemy v1.8",
        "oplus_1048608",
    ),
    *("Compressed by jpeg-recompress", "Oppo_32", "U-Lead Systems, Inc.", "Created by Imlib", "iClarified"),
    '{"mirror":false,"sensor_type":"rear","Hdr":"off","AIScene":3}',
    "filter: 0; fileterIntensity: 0.0; filterMask: 0; captureOrientation: 0; module: photo; touch: (-1.0, -1.0)",
    "<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?>",
    *(
        "0123456789abcdef0123456789abcdef",
        "2012:03:04 05:06:07",
        "....",
        "------",
        "\x01\x02words",
        "words\x1b[31m",
        "a\x9bb",
    ),
    *("12345", "1/60", " ", ""),
]

PEOPLE = [
    *(
        "Nora",
        "Norma",
        "Burst",
        "our new digital camera",
        "Made with love by Anna",
        "Shot on a cold day",
        "apple",
        "dig in",
    ),
    *("Grandmother at the lake", "a gull over the harbour", "Ben", "Rome", "Sam", "Nora and David", "coffee", "Norway"),
    *("Camera in Anna's hand", "my first digital camera, 1999", "Default setting of the old clock", "picnic", "pizza"),
    *(
        "Lake at dawn, by hand",
        "Photo of the house",
        "Scan of grandfather's passport",
        "Image of a saint",
        "Comments welcome",
    ),
    *(
        "Großmutter am See",
        "海辺の犬",
        "Дача",
        "Created a snowman",
        "Shot of the goal",
        "Monday",
        "Burst pipe",
        "Day 12",
    ),
    *(
        "P. and M. in Rome",
        "Wedding 2012",
        "Anna: first day at school",
        "we, the four of us",
        "Bild vom Hund",
        "42nd Street",
    ),
    *(
        "A wide image of the sea",
        "{a joke}",
        "Boat <3",
        "Hdrs are nice",
        "mother & father",
        "the dig at Troy",
        "Edited diary",
    ),
]


@pytest.mark.parametrize("text", MACHINES)
def test_machines(text: str) -> None:
    assert is_machine_made(text)


@pytest.mark.parametrize("text", PEOPLE)
def test_people(text: str) -> None:
    assert not is_machine_made(text, camera="Canon EOS 5D")


def test_the_cameras_name_is_no_description() -> None:
    assert is_machine_made("KODAK EASYSHARE C813", camera="EASTMAN KODAK COMPANY KODAK EASYSHARE C813 ZOOM")
    assert not is_machine_made("my KODAK EASYSHARE C813", camera="KODAK EASYSHARE C813")
