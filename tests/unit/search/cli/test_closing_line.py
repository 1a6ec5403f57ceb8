from __future__ import annotations

from index_data.catalogue.library_records import ScanCounts
from index_data.scan.events import Described, FilmProgress, ScanFinished
from search.cli.index import closing_line
from search.output.scan_words import film_words


def test_what_is_not_read_is_named_and_raw_files_say_what_they_need() -> None:
    unread = {".psd": 2, ".nef": 1_000}
    assert closing_line(ScanFinished(ScanCounts(new=1), unread={".psd": 2})) == (
        "1 new; of kinds that imgsearch does not read: 2 .psd"
    )
    assert closing_line(ScanFinished(ScanCounts(), unread=unread)) == (
        "of kinds that imgsearch does not read: 1,000 .nef, 2 .psd; "
        "raw files need rawpy: pip install 'imgsearch-photos[raw]'"
    )


def test_films_and_their_moments_are_counted_where_there_are_some() -> None:
    assert closing_line(ScanFinished(ScanCounts(new=12), Described(12))) == "12 new"
    assert closing_line(ScanFinished(ScanCounts(new=14), Described(12, 2, 31))) == (
        "14 new; described: 12 photographs, 2 videos with 31 moments"
    )
    assert closing_line(ScanFinished(ScanCounts(changed=1), Described(0, 1, 1))) == (
        "1 changed; described: 1 video with 1 moment"
    )


def test_a_film_says_how_far_it_is() -> None:
    assert film_words(FilmProgress(b"/films/holiday\x1b.mp4", 200.4, 600.0)) == "holiday\\x1b.mp4 3:20 of 10:00"
