from __future__ import annotations

import os
from pathlib import Path

from index_data import catalogue
from index_data.library import Library
from index_data.scan.plan import ScanPlan, plan_scan
from index_data.scan.roots import Chosen, choose_roots
from tests.unit.index_data.conftest import FakeDescriber, index, paint


def look(library: Library, *folders: Path, model: str) -> ScanPlan:
    with library.transaction() as session:
        scope = choose_roots(Chosen(catalogue.folders(session)), [os.fsencode(folder) for folder in folders])
        return plan_scan(session, scope, model)


def test_every_file_is_pending_unchanged_or_still_aside(
    library: Library, photos: Path, describer: FakeDescriber
) -> None:
    (photos / "bad.png").write_text("no picture")
    index(library, photos, describer)
    paint(photos / "fresh.png", (1, 2, 3))
    os.utime(photos / "0.png", ns=(1, 1))
    (photos / "1.png").unlink()
    plan = look(library, photos, model=describer.identity.id)
    assert [Path(os.fsdecode(file.path)).name for file in plan.pending] == ["0.png", "fresh.png"]
    assert (plan.unchanged, len(plan.still_aside), plan.files) == (5, 1, 8)
    assert plan.gone == {os.fsencode(photos / "1.png")}
    assert plan.solved == set()


def test_another_model_makes_everything_pending(library: Library, photos: Path, describer: FakeDescriber) -> None:
    index(library, photos, describer)
    assert len(look(library, photos, model="other").pending) == 7


def test_only_what_lies_in_the_folders_can_be_gone(library: Library, photos: Path, describer: FakeDescriber) -> None:
    index(library, photos, describer)
    with library.transaction() as session:
        for path in (photos.parent / "photos2" / "a.png", photos / "gone.png", photos / ".hidden" / "a.png"):
            catalogue.put_problem(session, os.fsencode(path), stamp=None, reason="closed")
    (photos / "0.png").unlink()
    found = look(library, photos / "deep", model=describer.identity.id)
    assert (found.gone, found.solved) == (set(), set())
    found = look(library, photos, model=describer.identity.id)
    assert found.gone == {os.fsencode(photos / "0.png")}
    assert found.solved == {os.fsencode(photos / "gone.png"), os.fsencode(photos / ".hidden" / "a.png")}
