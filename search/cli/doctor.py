"""`imgsearch doctor`: proves that a library is whole, and mends what can be mended."""

from __future__ import annotations

from typing import Annotated

import typer

from search.cli.evaluate import ReportFormat
from search.cli.exit_codes import ExitCode
from search.cli.options import LibraryOption
from search.cli.render import print_json, print_table


def doctor(
    *,
    fix: Annotated[bool, typer.Option("--fix", help="Mend what can be made again; people's words are kept.")] = False,
    output: Annotated[ReportFormat, typer.Option("--format", "-f", help="A table to read, or JSON.")] = (
        ReportFormat.TABLE
    ),
    library: LibraryOption = None,
) -> None:
    """Proves that catalogue, vectors and files agree; ends with exit code 5 while anything is wrong.

    Example: imgsearch doctor --fix
    """
    from captioning.runtime.devices import choose_device
    from index_data.library import Library
    from index_data.locations import library_folder
    from index_data.maintenance.doctor import examine
    from search.output.device_report import device_report

    with Library.open(library_folder(library)) as opened:
        findings = list(examine(opened, fix=fix))
    # Where a GPU cannot be used, that is no fault of the library.
    notes = [
        (f"the {part.part} can run", f"on {part.device}: {part.reason}")
        for part in device_report(choose_device("auto"))
    ]
    if output is ReportFormat.JSON:
        print_json(
            [
                {
                    "check": one.holds,
                    "healthy": one.healthy,
                    "mended": one.mended,
                    "faults": list(one.faults),
                    "remedy": None if one.healthy else one.remedy,
                    "note": None,
                }
                for one in findings
            ]
            + [
                {"check": holds, "healthy": True, "mended": False, "faults": [], "remedy": None, "note": note}
                for holds, note in notes
            ]
        )
    else:
        rows = []
        for one in findings:
            verdict = "ok" if not one.faults else "mended" if one.mended else "FAULT"
            told = list(one.faults) if one.mended else [f"{fault}; try: {one.remedy}" for fault in one.faults]
            rows += [[verdict, one.holds, fault] for fault in told or [""]]
        rows += [["note", holds, note] for holds, note in notes]
        print_table(["", "what should hold", "what was found"], rows)
    if not all(one.healthy for one in findings):
        raise typer.Exit(ExitCode.LIBRARY)
