"""What a person set for every command, and how that is changed while the app goes on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Lock

from index_data.settings import Settings, read_settings, write_setting


class Preferences:
    """The settings, and the file in which they stand.

    Attributes:
        settings: As they hold now.
        file: Where a change is written.
    """

    def __init__(self, settings: Settings, file: Path) -> None:
        self.settings, self.file = settings, file
        self._writing = Lock()

    def change(self, name: str, values: Sequence[str]) -> None:
        """Writes a setting as `write_setting` does, from which it holds; for threads, since it waits for the disk.

        Raises:
            SettingsError: There is no such setting, the value does not fit, or the file cannot be read or written.
        """
        # Of two at once, each would write the file as it was before the other's change.
        with self._writing:
            write_setting(self.file, name, values)
            self.settings = read_settings(self.file)
