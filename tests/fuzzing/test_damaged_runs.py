"""Folders of runs whose files were cut off, or hold something else: each is told of or left out."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tfxc.backends.metadata.events import final_states
from tfxc.backends.metadata.folder_runs import FolderRun, read_folder_run
from tfxc.backends.metadata.run_folder import RunFolder, earlier_plan
from tfxc.compiler.driver import check
from tfxc.schemas.plan_file import PlanFormatError

SPEC = Path(__file__).parents[2] / "specs/penguin/pipeline.yaml"
RECORD = {
    "run_id": "a",
    "run_date": "2030-01-02",
    "parameters": {"x": 1},
    "tfx_version": "",
    "tfxc_version": "",
}
NODE = {"node": "trainer", "attempt": 1, "attempts": 1, "state": "succeeded", "seconds": 1.5, "reason": ""}
EVENTS = [
    {"time": "2030-01-02T03:04:05Z", "event": "run_started", "pipeline": "penguin", "nodes": ["trainer"]},
    {"time": "2030-01-02T03:04:06Z", "event": "node_started", "node": "trainer", "attempt": 1, "attempts": 1},
    {"time": "2030-01-02T03:04:07Z", "event": "node_finished", **NODE},
    {"time": "2030-01-02T03:04:08Z", "event": "run_finished", "state": "succeeded", "seconds": 3.5},
]
OTHER = st.sampled_from(
    [None, [], {}, "", "x", -1, 1e308, True, [None], {"a": 1}, "\0", "9999-99-99T00:00:00Z", 10**40]
)
BYTES = st.sampled_from([b"", b"\0" * 50, b"[]", b"null", b"1", b"{}", b"\xff\xfe", b'{"a":' + b"[" * 5000])


@pytest.fixture(scope="module")
def files() -> dict[str, list[Any]]:
    """Returns the lines of the files of a sound run."""
    plan = check(SPEC).plan
    assert plan is not None
    return {
        "run.json": [RECORD],
        "events.jsonl": EVENTS,
        "plan.json": [json.loads(plan.model_dump_json())],
    }


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, each in inner for place in places(each, (*path, key)))]


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = value.copy()
    copy[path[0]] = changed(value[path[0]], path[1:], new)
    return copy


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_a_damaged_run_is_none_or_is_told_of(files: dict[str, list[Any]], tmp_path: Path, data: Any) -> None:
    draw: Callable[[Any], Any] = data.draw
    name = draw(st.sampled_from(sorted(files)))
    lines = list(files[name])
    index = draw(st.integers(0, len(lines) - 1))
    lines[index] = changed(lines[index], draw(st.sampled_from(places(lines[index]))), draw(OTHER))
    written = {each: "\n".join(map(json.dumps, all)).encode() for each, all in {**files, name: lines}.items()}
    cut = draw(st.integers(0, len(written[name]) * 3))
    written[name] = written[name][:cut] + (draw(BYTES) if draw(st.booleans()) else b"")
    for each, content in written.items():
        (tmp_path / each).write_bytes(content)
    folder = RunFolder(tmp_path)
    found = read_folder_run(folder)
    assert found is None or isinstance(found, FolderRun)
    final_states(folder.events)
    with suppress(PlanFormatError):
        earlier_plan(folder)
