"""Dates in every spelling seen in the wild."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index_data.metadata.dates import date_in_name, read_date, read_zone

MOMENT = datetime(2012, 3, 4, 5, 6, 7)


@pytest.mark.parametrize(
    "spelling",
    [
        *("2012:03:04 05:06:07", "2012-03-04 05:06:07", "2012/03/04 05:06:07", "2012.03.04 05:06:07"),
        *("2012-03-04T05:06:07", "2012-03-04T05:06:07Z", "2012-03-04T05:06:07+01:00", "2012:03:04 05:06:07+01:00"),
        *("2012:03:04 05:06:07 -0800", "2012:03:04T05:06:07", "2012:03:04 05:06:07\0", "  2012:03:04 05:06:07  \0\0"),
        *("2012: 3: 4  5: 6: 7", "2012:3:4 5:6:7", "2012:03:04 05.06.07", "2012:03:04 05:06:07 AM", "20120304050607"),
        *(
            "20120304T050607",
            "20120304T050607+0100",
            "20120304 050607",
            "2012-03-04_05-06-07",
            "D:20120304050607+01'00'",
        ),
        *("Sun Mar  4 05:06:07 2012", "Sun Mar 04 05:06:07 CET 2012", "Sun, 04 Mar 2012 05:06:07 +0100"),
        *("4 March 2012 05:06:07", "Mar 4, 2012 05:06:07", "2012年03月04日 05:06:07", "2012:03:04 上午 05:06:07"),
        *("2012-03-04T05:06:07.000Z", "2012:03:04 05:06:07:00", "2012:03:04, 05:06:07", "2012:03:04-05:06:07"),
    ],
)
def test_spellings(spelling: str) -> None:
    assert read_date(spelling) == MOMENT


@pytest.mark.parametrize(
    ("spelling", "expected"),
    [
        ("2012:03:04 05:06", datetime(2012, 3, 4, 5, 6)),
        ("2012-03-04T05:06Z", datetime(2012, 3, 4, 5, 6)),
        ("2012:03:04", datetime(2012, 3, 4)),
        ("20120304", datetime(2012, 3, 4)),
        ("2012-03", datetime(2012, 3, 1)),
        ("2012", datetime(2012, 1, 1)),
        ("2012:03:04 05:06:07.25", datetime(2012, 3, 4, 5, 6, 7, 250_000)),
        ("2012-03-04T05:06:07.123456789Z", datetime(2012, 3, 4, 5, 6, 7, 123_456)),
        ("2012:03:04 05:06:07 PM", datetime(2012, 3, 4, 17, 6, 7)),
        ("2012:03:04 12:06:07 am", datetime(2012, 3, 4, 0, 6, 7)),
        ("2012:03:04 下午 05:06:07", datetime(2012, 3, 4, 17, 6, 7)),
        ("2012:03:04 24:00:00", datetime(2012, 3, 4)),
        ("2012:03:04 05:06:60", datetime(2012, 3, 4, 5, 6, 59)),
        ("1899-12-31", datetime(1899, 12, 31)),
    ],
)
def test_more_and_less_than_a_second(spelling: str, expected: datetime) -> None:
    assert read_date(spelling) == expected


def test_decimals_that_stand_elsewhere() -> None:
    assert read_date("2012:03:04 05:06:07", part="25\0") == MOMENT + timedelta(milliseconds=250)
    assert read_date("2012:03:04 05:06:07.5", part="25") == MOMENT + timedelta(milliseconds=500)
    assert read_date("2012:03:04 05:06:07", part="   ") == MOMENT


@pytest.mark.parametrize(
    "nonsense",
    [
        *("", "0000:00:00 00:00:00", "    :  :     :  :  ", "0000-00-00T00:00:00Z", "00000000", "0000", "\0" * 20, "-"),
        *("2012:13:04 05:06:07", "2012:02:30 05:06:07", "2012:00:00 00:00:00", "9999:99:99 99:99:99", "no date"),
        *("65535:65535:65535 65535:65535:65535", "2012:03:04 25:06:07", "0001:01:01 00:00:00", "9999:12:31 00:00:00"),
        *("1330837567", "12:03:04", "Sun Foo  4 05:06:07 2012", "yyyy:mm:dd hh:mm:ss"),
    ],
)
def test_zeros_and_nonsense_are_no_date(nonsense: str) -> None:
    assert read_date(nonsense) is None


@given(st.text(max_size=80))
def test_no_text_is_too_strange(text: str) -> None:
    date = read_date(text, part=text)
    assert date is None or 1800 <= date.year <= 2200


@given(st.datetimes(datetime(1800, 1, 1), datetime(2199, 12, 31)))
def test_what_programs_write_comes_back(moment: datetime) -> None:
    assert read_date(moment.isoformat()) == moment
    assert read_date(f"{moment:%Y:%m:%d %H:%M:%S}", part=f"{moment:%f}") == moment


@pytest.mark.parametrize(
    ("text", "hours"),
    [("+09:00", 9), ("-0330", -3.5), ("Z", 0), ("2012:03:04 05:06:07+01:00\0", 1), ("+99:00", None), ("", None)],
)
def test_zones(text: str, hours: float | None) -> None:
    assert read_zone(text) == (None if hours is None else timedelta(hours=hours))


@pytest.mark.parametrize(
    ("name", "date"),
    [
        ("IMG_20190714_123456.jpg", datetime(2019, 7, 14, 12, 34, 56)),
        ("PXL_20210102_030405678.MP.jpg", datetime(2021, 1, 2, 3, 4, 5)),
        ("WhatsApp Image 2019-07-14 at 12.34.56.jpeg", datetime(2019, 7, 14, 12, 34, 56)),
        ("WhatsApp Image 2019-07-14.jpeg", datetime(2019, 7, 14)),
        ("IMG-20190714-WA0003.jpg", datetime(2019, 7, 14)),
        ("2019.07.14 party.png", datetime(2019, 7, 14)),
        ("holiday 2019-13-01.jpg", None),
        ("120190714.jpg", None),
        ("IMG_0714.jpg", None),
        ("2019-07.jpg", None),
    ],
)
def test_dates_in_names(name: str, date: datetime | None) -> None:
    assert date_in_name(f"/2001-01-01/{name}".encode()) == date
