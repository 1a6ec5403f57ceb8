"""What a scan found, in words: the same for every face."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index_data.catalogue.records import ScanCounts


def scan_figures(counts: ScanCounts) -> str:
    """The figures that are not zero, such as ``2 new, 1 copy, 1 skipped``; empty if there are none."""
    figures = [("new", counts.new), ("changed", counts.changed), ("moved", counts.moved)]
    figures += [("copy" if counts.duplicate == 1 else "copies", counts.duplicate), ("removed", counts.removed)]
    figures += [("skipped", counts.set_aside), ("unchanged", counts.unchanged)]
    return ", ".join(f"{count:,} {name}" for name, count in figures if count)
