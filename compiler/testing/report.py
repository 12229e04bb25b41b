"""What `tfxc test` tells: as lines, as JSON, as JUnit's XML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Optional

from tfxc.compiler.render.junit import attribute, element_text
from tfxc.compiler.testing.judge import NODE, Point, is_good
from tfxc.compiler.testing.own_tests import TEST
from tfxc.compiler.testing.record import TestRecord

FORMAT = "tfxc.test/1"


@dataclass(frozen=True)
class SpecResult:
    """How the test of a spec came out. ``record`` is None where nothing was run."""

    spec: Path
    environment: Optional[str]
    points: tuple[Point, ...]
    record: Optional[TestRecord] = None
    is_kept: bool = False

    @property
    def is_good(self) -> bool:
        """Whether nothing failed."""
        return is_good(self.points)


def as_json(results: Sequence[SpecResult]) -> dict[str, Any]:
    """Returns the results as JSON. Within one `FORMAT` fields are added, never renamed or removed."""
    return {
        "format": FORMAT,
        "state": "passed" if all(result.is_good for result in results) else "failed",
        "specs": [
            {
                "spec": str(result.spec),
                "environment": result.environment,
                "state": "passed" if result.is_good else "failed",
                "points": [asdict(point) for point in result.points],
                "root": result.record.root if result.record is not None and result.is_kept else None,
                "test": None
                if result.record is None
                else result.record.model_dump(mode="json", exclude={"spec", "environment", "root"}),
            }
            for result in results
        ],
    }


def before_lines(record_of: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Yields what is not as in a run: names and what is done, in two columns."""
    width = max((len(name) for name, _ in record_of), default=0)
    for name, how in record_of:
        yield f"  {name:{width}}  {how}"


def point_lines(points: Sequence[Point]) -> Iterator[tuple[str, str]]:
    """Yields verdict and text of what people are shown: what passed in one line, all else by itself."""
    passed = [point for point in points if point.verdict == "passed"]
    for point in points:
        if point.verdict != "passed":
            yield point.verdict, f"{point.name}: {point.message}" if point.message else point.name
    said = [point.name for point in passed if not point.name.startswith((NODE, TEST))]
    for what in (NODE, TEST):
        number = sum(point.name.startswith(what) for point in passed)
        said += [f"{number} {what.strip()}{'s' if number > 1 else ''}"] if number else []
    if said:
        yield "passed", ", ".join(said)


def render_junit(results: Sequence[SpecResult]) -> str:
    """Returns the results as XML: a suite for each spec, a case for each point."""
    suites = "".join(map(_suite, results))
    total = [point for result in results for point in result.points]
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<testsuites name="tfxc test" {_counts(total)}>\n'
        f"{suites}</testsuites>\n"
    )


def _suite(result: SpecResult) -> str:
    cases = "".join(_case(result, point) for point in result.points)
    seconds = result.record.run.seconds if result.record is not None else 0.0
    name = attribute(str(result.spec))
    return f'  <testsuite name={name} {_counts(result.points)} time="{seconds:.3f}">\n{cases}  </testsuite>\n'


def _counts(points: Sequence[Point]) -> str:
    verdicts = [point.verdict for point in points]
    failures, skipped = verdicts.count("failed"), verdicts.count("skipped")
    return f'tests="{len(points)}" failures="{failures}" errors="0" skipped="{skipped}"'


def _case(result: SpecResult, point: Point) -> str:
    names = f"classname={attribute(str(result.spec))} name={attribute(point.name)}"
    if point.verdict == "passed":
        return f"    <testcase {names}/>\n"
    if point.verdict == "told":
        inner = f"<system-out>{element_text(point.message)}</system-out>"
    else:
        tag = "failure" if point.verdict == "failed" else "skipped"
        inner = f"<{tag} message={attribute(point.message)}/>"
    return f"    <testcase {names}>{inner}</testcase>\n"
