"""Columns that SchemaGen has marked as deprecated, since they are in no example of some split.

Of an empty split TFDV knows no column, so all of them are marked, and whatever reads the schema then takes
them for not there. TFX says nothing of it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from typing import Any, Optional

from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx.dsl.io import fileio

from tfxc.backends.launcher.node import statistics

SCHEMA = "schema"
_MOST_SHOWN = 5


def deprecated_columns(uri: str) -> tuple[str, ...]:
    """Returns the columns that a Schema artifact marks as deprecated; none if it cannot be read."""
    schema = schema_pb2.Schema()
    with contextlib.suppress(OSError, fileio.NotFoundError, text_format.ParseError, UnicodeDecodeError):
        for name in fileio.listdir(uri):
            if name.endswith(".pbtxt"):
                with fileio.open(f"{uri}/{name}", "r") as stream:
                    text_format.Parse(stream.read(), schema)
    return tuple(each.name for each in schema.feature if each.lifecycle_stage == schema_pb2.DEPRECATED)


def empty_splits(uri: str) -> tuple[str, ...]:
    """Returns the splits of an ExampleStatistics artifact without examples, if others have some."""
    found = list(statistics.read("", "", uri))
    empty = tuple(each.split for each in found if each.examples == 0)
    return empty if len(empty) < len(found) else ()


def note(node: str, schema: str, read: Iterable[str]) -> Optional[str]:
    """Returns what is to be said of a schema that was inferred; None if nothing is.

    ``schema`` is its URI, ``read`` are those of the statistics that it was inferred from.
    """
    columns = deprecated_columns(schema)
    empty = tuple(dict.fromkeys(split for uri in read for split in empty_splits(uri))) if columns else ()
    if not empty:
        return None
    shown = ", ".join(f"`{name}`" for name in columns[:_MOST_SHOWN])
    more = f" and {len(columns) - _MOST_SHOWN} more" if len(columns) > _MOST_SHOWN else ""
    return (
        f"`{node}` has marked {shown}{more} as deprecated, because {_splits(empty)} no examples: what reads "
        f"the schema takes {'it' if len(columns) == 1 else 'them'} for not there. Give each split some."
    )


def _splits(names: tuple[str, ...]) -> str:
    shown = " and ".join(f"`{name}`" for name in names)
    return f"the split {shown} has" if len(names) == 1 else f"the splits {shown} have"


def missing_column(problem: BaseException, schemas: Callable[[], Iterable[Any]]) -> Optional[str]:
    """Returns why a column is not there that code asks for; None if it is not because of the schema.

    ``schemas`` returns the Schema artifacts that the node reads. For after a failure: it reads files.
    """
    if not isinstance(problem, KeyError) or len(problem.args) != 1 or not isinstance(problem.args[0], str):
        return None
    with contextlib.suppress(Exception):  # an explanation is none where it fails itself
        if any(problem.args[0] in deprecated_columns(each.uri) for each in schemas()):
            return (
                f"the schema that it reads marks the column `{problem.args[0]}` as deprecated, as SchemaGen "
                f"does with columns that some split has no example of: see whether a split is empty."
            )
    return None
