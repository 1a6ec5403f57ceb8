"""What a person set once for all: a small TOML file in the user's configuration folder."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final

from index_data.errors import SettingsError
from index_data.small_files import read_small

LARGEST = 1_000_000
"""Bytes that the file may have."""

CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "format": ("table", "json", "jsonl", "paths", "paths0"),
    "colours": ("auto", "always", "never"),
    "pictures": ("auto", "kitty", "sixel", "iterm2", "sextants", "quadrants", "blocks", "none"),
}
"""What the settings may be that cannot be anything."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that the file may hold.

    Attributes:
        library: The folder of the library.
        format: How results are printed where `--format` does not say it, by the commands that can.
        colours: Whether output is coloured; `auto` where it goes to a terminal that can show them.
        pictures: How photographs are drawn in the terminal, by the browser and by `--show`.
        exclude: Patterns in the syntax of `.gitignore` that are left out in every folder.
        keys: Keys of the browser, parted by commas, by the name of what they do.
    """

    library: str = ""
    format: str = "table"
    colours: str = "auto"
    pictures: str = "auto"
    exclude: tuple[str, ...] = ()
    keys: Mapping[str, str] = field(default_factory=dict)


VARIABLES: Final[Mapping[str, tuple[str, ...]]] = {
    "library": ("IMGSEARCH_LIBRARY",),
    "colours": ("NO_COLOR", "FORCE_COLOR"),
}
"""Of the environment, by the settings before which they go."""

NAMES: Final = tuple(known.name for known in fields(Settings))


def read_settings(path: Path) -> Settings:
    """Reads the file; without one, everything is as usual.

    Raises:
        SettingsError: It cannot be read, is no TOML, or holds an unknown setting or a value that does not fit.
    """
    try:
        content = read_small(path, limit=LARGEST)
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        raise SettingsError(f"{path} could not be read: {error.strerror}") from error
    import tomllib

    try:
        stored = tomllib.loads(content.decode())
    except ValueError as error:
        raise SettingsError(f"{path} is not TOML: {error}") from error
    return Settings(**{name: checked(name, value, source=path) for name, value in stored.items()})


def checked(name: str, value: Any, *, source: Path) -> Any:
    """The value of a setting, if it fits.

    Raises:
        SettingsError: There is no such setting, or the value does not fit; it names the source.
    """
    if name not in NAMES:
        raise SettingsError(f"{source}: there is no setting {name!r}; there are {', '.join(NAMES)}")
    if name in CHOICES and value not in CHOICES[name]:
        raise SettingsError(f"{source}: {name} cannot be {value!r}; choose {', '.join(CHOICES[name])}")
    if name == "exclude":
        if not (isinstance(value, list) and all(isinstance(pattern, str) for pattern in value)):
            raise SettingsError(f'{source}: exclude is a list of patterns, such as ["*.png", "drafts/"]')
        return tuple(value)
    if name == "keys":
        if not (isinstance(value, Mapping) and all(isinstance(keys, str) for keys in value.values())):
            raise SettingsError(f'{source}: keys is a table of keys by what they do, such as "browse.like" = "l"')
        return value
    if not isinstance(value, str):
        raise SettingsError(f"{source}: {name} is a text, and not {value!r}")
    return value


def overriding_variable(name: str, environment: Mapping[str, str] = os.environ) -> str:
    """The variable of the environment that goes before a setting; empty if none does."""
    return next((variable for variable in VARIABLES.get(name, ()) if environment.get(variable)), "")


def write_setting(path: Path, name: str, values: Sequence[str]) -> None:
    """Writes one setting into the file, in which everything else stays as it is, comments too.

    Args:
        path: Of the file.
        name: Of the setting; `keys.` and a name for one of the keys.
        values: One, or of `exclude` any number; none takes the setting out of the file.

    Raises:
        SettingsError: There is no such setting, the value does not fit, or the file cannot be read or written.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    from captioning.files import write_atomically

    top, _, key = name.partition(".")
    if bool(key) != (top == "keys"):
        raise SettingsError(f"name a setting, or one of the keys as keys.NAME; {name!r} is neither")
    if len(values) > 1 and top != "exclude":
        raise SettingsError(f"{name} has one value; {len(values)} were given")
    try:
        document = tomlkit.parse(path.read_text(encoding="utf-8")) if path.exists() else tomlkit.document()
        if not values:
            (document.get("keys", {}) if key else document).pop(key or name, None)
        elif key:
            document.setdefault("keys", tomlkit.table())[key] = values[0]
        else:
            document[name] = list(values) if top == "exclude" else values[0]
        for known, value in document.unwrap().items():
            checked(known, value, source=path)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, tomlkit.dumps(document).encode(), private=False)
    except OSError as error:
        raise SettingsError(f"{path} could not be written: {error.strerror}") from error
    except (TOMLKitError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not TOML: {error}") from error
