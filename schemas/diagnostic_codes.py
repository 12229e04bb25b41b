"""Every diagnostic code: how bad it is and what it says in a few words.

A code never changes its meaning and is never used again for another. The letter is the family:

====  =========================================================
Y0xx  the YAML text
S1xx  the shape of the document: keys, types, ranges, names
T2xx  wiring and artifact types
P3xx  parameters and references; from P350 environments and extends
M4xx  module files and Python components
C5xx  conditions
G6xx  the graph
W7xx  designs that are surely not meant
B1xx  backends
====  =========================================================

The page of a code is ``explanations/<CODE>.md`` beside this file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from tfxc.schemas.diagnostics import Severity


@dataclass(frozen=True)
class Code:
    """A diagnostic code. ``title`` is a few words without a full stop, for lists."""

    code: str
    severity: Severity
    title: str


ERROR = Severity.ERROR
WARNING = Severity.WARNING

_YAML = (
    Code("Y001", ERROR, "the text is not YAML"),
    Code("Y002", ERROR, "a tab in the indentation"),
    Code("Y003", ERROR, "a key is given twice"),
    Code("Y004", ERROR, "an alias to an anchor that is not there"),
    Code("Y005", ERROR, "aliases that expand without end or to too much"),
    Code("Y006", ERROR, "the document is nested too deeply"),
    Code("Y007", ERROR, "a key that is not a string"),
    Code("Y008", ERROR, "more than one document in a file"),
    Code("Y009", ERROR, "the document is empty or not a mapping"),
    Code("Y010", ERROR, "a merge key without a mapping to merge"),
    Code("Y011", ERROR, "a number that YAML versions read differently, or that JSON cannot hold"),
    Code("Y012", ERROR, "a YAML tag that means nothing here"),
    Code("Y013", ERROR, "text that is not UTF-8, or characters that YAML does not allow"),
    Code("Y014", ERROR, "the file is too large"),
)

_SHAPE: tuple[Code, ...] = ()

_WIRING: tuple[Code, ...] = ()

_PARAMETERS: tuple[Code, ...] = ()

_LAYERS = (
    Code("P351", ERROR, "an unknown environment"),
    Code("P352", ERROR, "an environment that is not a mapping"),
    Code("P353", ERROR, "a key that an environment cannot change"),
    Code("P354", ERROR, "the file to extend cannot be read"),
    Code("P355", ERROR, "files that extend each other in a circle"),
    Code("P356", ERROR, "extends is not the path of a file"),
)

_MODULES: tuple[Code, ...] = ()

_CONDITIONS: tuple[Code, ...] = ()

_GRAPH: tuple[Code, ...] = ()

_DESIGN: tuple[Code, ...] = ()

_BACKENDS = (
    Code("B101", ERROR, "a feature that the backend does not have"),
    Code("B102", ERROR, "settings of an unknown backend"),
    Code("B103", ERROR, "a backend that cannot be loaded"),
    Code("B120", ERROR, "a scheduled DAG with a parameter that has no default"),
    Code("B121", ERROR, "an Airflow schedule that cannot be kept"),
    Code("B122", ERROR, "Airflow settings of an unknown node"),
    Code("B123", WARNING, "an Airflow pool that may not be there"),
    Code("B124", ERROR, "more slots than the Airflow pool has"),
    Code("B125", ERROR, "an Airflow operator without its settings"),
    Code("B126", ERROR, "resources that the Airflow operator cannot give"),
    Code("B127", ERROR, "a folder that is gone with its container"),
    Code("B128", ERROR, "an environment variable of Airflow's tasks that cannot be set"),
    Code("B129", WARNING, "an Airflow provider that is missing"),
)

CODES: Mapping[str, Code] = MappingProxyType(
    {
        code.code: code
        for family in (
            _YAML,
            _SHAPE,
            _WIRING,
            _PARAMETERS,
            _LAYERS,
            _MODULES,
            _CONDITIONS,
            _GRAPH,
            _DESIGN,
            _BACKENDS,
        )
        for code in family
    }
)
"""code → Code, in the order of the families."""


def severity_of(code: str) -> Severity:
    """Returns a code's severity. Raises KeyError for a code that is not in the table."""
    return CODES[code].severity


def explanation(code: str) -> str:
    """Returns the Markdown page of a code. Raises KeyError for a code that is not in the table."""
    page = Path(__file__).parent / "explanations" / f"{CODES[code].code}.md"
    return page.read_text(encoding="utf-8")
