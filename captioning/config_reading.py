"""Reads configurations from TOML and from the headers of files; unknown keys and wrong types are refused by name."""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path
from typing import Any, TypeVar

from captioning.config import ModelConfig, StageConfig, TeacherConfig, TrainConfig
from captioning.errors import ConfigurationError, ConfigurationFileError

T = TypeVar("T")
# By annotation, since annotations are text here.
_PLAIN_TYPES: dict[str, tuple[Any, str]] = {
    "str": (str, "text"),
    "str | dict[str, float]": ((str, dict), "text or a table"),
    "int": (int, "a whole number"),
    "float": ((int, float), "a number"),
    "bool": (bool, "true or false"),
    "dict[str, float]": (dict, "a table"),
    "dict[str, str]": (dict, "a table"),
    "tuple[str, ...]": (tuple, "a list"),
}


def read_train_config(path: Path) -> TrainConfig:
    """Reads a TOML file; relative paths in it are taken from the current folder.

    Raises:
        ConfigurationFileError: The file is missing, or is not TOML.
        ConfigurationError: It holds an unknown key or a bad value.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationFileError(f"the configuration {path} could not be read: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationFileError(f"the configuration {path} is not TOML: {error}") from error
    try:
        return train_config_from(table)
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}: {error}") from error


def train_config_from(table: dict[str, Any]) -> TrainConfig:
    """Builds the configuration from plain tables, as TOML and JSON hold them."""
    table = dict(table)
    for key in ("stages", "images", "machine_written"):
        if not isinstance(table.get(key, []), (list, tuple)):
            raise ConfigurationError(f"{key} must be a list, not {table[key]!r}")
    table["model"] = from_table(ModelConfig, table.get("model", {}), where="model")
    stages = [_with_tuples(stage) for stage in table.get("stages", [])]
    table["stages"] = tuple(from_table(StageConfig, s, where=f"stages[{i}]") for i, s in enumerate(stages))
    for key in ("images", "machine_written"):
        table[key] = tuple(table.get(key, ()))
    if table.get("teacher") is not None:
        table["teacher"] = from_table(TeacherConfig, _with_tuples(table["teacher"]), where="teacher")
    return from_table(TrainConfig, table, where="")


def _with_tuples(table: Any) -> Any:
    """TOML and JSON hold lists where the dataclass holds a tuple."""
    if isinstance(table, dict):
        return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
    return table


def from_table(kind: type[T], table: dict[str, Any], *, where: str) -> T:
    """Builds a configuration dataclass from a table, refusing unknown and missing keys and wrong types by name."""
    if not isinstance(table, dict):
        raise ConfigurationError(f"{where} must be a table, not {table!r}")
    fields = {f.name: f for f in dataclasses.fields(kind)}  # type: ignore[arg-type]
    prefix = f"{where}." if where else ""
    for key, value in table.items():
        if key not in fields:
            raise ConfigurationError(f"unknown key {prefix}{key}; known are {', '.join(fields)}")
        accepted, noun = _PLAIN_TYPES.get(str(fields[key].type), (object, ""))
        if not isinstance(value, accepted) or (isinstance(value, bool) and noun and noun != "true or false"):
            raise ConfigurationError(f"{prefix}{key} must be {noun}, not {value!r}")
    try:
        return kind(**table)
    except TypeError as error:
        raise ConfigurationError(f"{where or 'the configuration'}: {error}") from error
