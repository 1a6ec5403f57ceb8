from __future__ import annotations

from index_data.catalogue.records import ScanCounts
from search.cli.index import closing_line


def test_what_is_not_read_is_named_and_raw_files_say_what_they_need() -> None:
    assert closing_line(ScanCounts(new=1), {".psd": 2}) == "1 new; of kinds that imgsearch does not read: 2 .psd"
    assert closing_line(ScanCounts(), {".psd": 2, ".nef": 1_000}) == (
        "of kinds that imgsearch does not read: 1,000 .nef, 2 .psd; "
        "raw files need rawpy: pip install 'imgsearch-photos[raw]'"
    )
