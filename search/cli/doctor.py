"""`imgsearch doctor`: proves that a library is whole, and mends what can be mended."""

from __future__ import annotations

from typing import Annotated

import typer

from search.cli.console import say
from search.cli.exit_codes import ExitCode
from search.cli.options import DetailsOption, FiguresOption, LibraryOption, ReportFormat
from search.cli.render import print_json, print_table
from search.output.printable import counted


def doctor(
    *,
    fix: Annotated[bool, typer.Option("--fix", help="Mend what can be made again; people's words are kept.")] = False,
    details: DetailsOption = False,
    output: FiguresOption = ReportFormat.TABLE,
    library: LibraryOption = None,
) -> None:
    """Checks that the library is whole, and mends it.

    It proves that catalogue, vectors and files agree, and ends with exit code 5 while anything is wrong.

    Example: imgsearch doctor --fix
    """
    from captioning.runtime.devices import choose_device
    from index_data.addresses import library_address
    from index_data.library import Library
    from index_data.maintenance.doctor import examine
    from search.output.device_report import device_report

    with Library.open(library_address(library)) as opened:
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
                    "check": finding.holds,
                    "healthy": finding.healthy,
                    "mended": finding.mended,
                    "faults": list(finding.faults),
                    "remedy": None if finding.healthy else finding.remedy,
                    "note": None,
                }
                for finding in findings
            ]
            + [
                {"check": holds, "healthy": True, "mended": False, "faults": [], "remedy": None, "note": note}
                for holds, note in notes
            ]
        )
    else:
        rows = []
        for finding in findings:
            verdict = "ok" if not finding.faults else "mended" if finding.mended else "FAULT"
            lines = (
                list(finding.faults)
                if finding.mended
                else [f"{fault}; try: {finding.remedy}" for fault in finding.faults]
            )
            rows += [[verdict, finding.holds, fault] for fault in lines or [""]]
        rows += [["note", holds, note] for holds, note in notes if details]
        header = ["verdict", "what should hold", "what was found"]
        if not any(found for _, _, found in rows):
            header, rows = header[:2], [row[:2] for row in rows]
        print_table(header, rows, figures=1)
    faults = sum(not finding.healthy for finding in findings)
    say("The library is whole." if not faults else f"{counted(faults, 'fault')} found.")
    if not all(finding.healthy for finding in findings):
        raise typer.Exit(ExitCode.LIBRARY)
