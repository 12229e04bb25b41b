"""What is asked of a test of a spec."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Optional

from tfxc.backends.launcher.protocol.values import Scalar

TEST_ENVIRONMENT = "test"
"""The environment that a spec is tested with if it has one of that name and no other is asked for."""
ROWS = 1000
"""Rows of a split that a sample has at most."""


@dataclass(frozen=True)
class TestOptions:
    """A test of a spec.

    ``environment`` None is `TEST_ENVIRONMENT` if there is one, "" is none. ``assignments`` are texts of
    ``-P``; ``parameters`` are values. ``whole`` are nodes whose data is read as it is.
    """

    __test__ = False

    environment: Optional[str] = None
    assignments: tuple[str, ...] = ()
    parameters: tuple[tuple[str, Scalar], ...] = ()
    rows: int = ROWS
    whole: tuple[str, ...] = ()
    run_date: Optional[str] = None
    jobs: Optional[int] = None
    to_nodes: tuple[str, ...] = ()

    def key(self, spec: Path) -> str:
        """Returns the same text for the same test of the same spec."""
        told = json.dumps([str(spec.resolve()), asdict(self)], sort_keys=True, default=str)
        return hashlib.sha256(told.encode()).hexdigest()[:16]


def options_from(given: Mapping[str, Any]) -> TestOptions:
    """Returns the options of a fixture or marker. Raises TypeError for one that there is not."""
    known = dict(given)
    parameters = known.pop("parameters", None) or {}
    environment = known.pop("env", None)
    rows = known.pop("rows", ROWS)
    whole, to_nodes = tuple(known.pop("whole", ())), tuple(known.pop("to_nodes", ()))
    run_date, jobs = known.pop("run_date", None), known.pop("jobs", None)
    if known:
        raise TypeError(f"a test of a spec has no option {', '.join(map(repr, known))}")
    return TestOptions(
        environment=environment,
        parameters=tuple(sorted(parameters.items())),
        rows=rows,
        whole=whole,
        run_date=run_date,
        jobs=jobs,
        to_nodes=to_nodes,
    )
