"""What a run looks like while it goes on: plain lines and the live table."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from rich.console import Console

from tfxc.backends.local.screen.board import Board
from tfxc.backends.local.screen.live import LiveProgress, board_view
from tfxc.backends.local.screen.progress import PlainProgress, SilentProgress, make_progress, wants_table
from tfxc.backends.metadata.events import Event
from tfxc.backends.reports.states import shown_seconds
from tfxc.schemas.plan import Plan

BEGAN = datetime(2026, 11, 23, 17, 55, 30, tzinfo=timezone.utc)
TYPES = {"example_gen": "CsvExampleGen", "trainer": "Trainer", "pusher": "Pusher"}


def at(second: float, event: str, **fields: Any) -> Event:
    return Event(time=BEGAN + timedelta(seconds=second), event=event, **fields)


def began(nodes: Sequence[str] = tuple(TYPES)) -> Event:
    return at(0, "run_started", pipeline="penguin", run_id="20261123-175530-ab12", nodes=tuple(nodes))


STORY = [
    began(),
    at(5, "tfx_imported", seconds=5.02),
    at(6, "pipeline_opened"),
    at(6, "node_started", node="example_gen", attempt=1, attempts=1),
    at(7, "node_finished", node="example_gen", state="cached", seconds=0.21),
    at(7, "node_started", node="trainer", attempt=1, attempts=3),
    at(
        17,
        "node_retrying",
        node="trainer",
        attempt=1,
        attempts=3,
        seconds=10,
        wait=30,
        reason="`trainer`\nfailed",
    ),
    at(47, "node_started", node="trainer", attempt=2, attempts=3),
    at(122, "node_finished", node="trainer", state="succeeded", seconds=75),
    at(122, "node_finished", node="pusher", state="skipped", reason="its condition is false"),
    at(123, "run_finished", state="succeeded", seconds=123),
]


@pytest.fixture
def three_nodes(make_plan: Callable[..., Plan], make_node: Callable[..., Any]) -> Plan:
    return make_plan(*(make_node(name, kind=kind) for name, kind in TYPES.items()))


def drawn(board: Board, second: float, width: int = 80, height: int = 24) -> list[str]:
    console = Console(file=io.StringIO(), width=width, height=height, color_system=None, highlight=False)
    with console.capture() as capture:
        console.print(board_view(board, BEGAN + timedelta(seconds=second), width, height))
    return capture.get().splitlines()


def board_after(events: Sequence[Event], types: dict[str, str] = TYPES) -> Board:
    board = Board("penguin")
    for event in events:
        board.take(event, types)
    return board


def test_plain_lines(three_nodes: Plan) -> None:
    stream = io.StringIO()
    progress = PlainProgress(three_nodes, stream)
    for event in STORY:
        progress.show(event)
    progress.close()
    assert stream.getvalue() == (
        "17:55:30 penguin: run 20261123-175530-ab12, importing TFX\n"
        "17:55:35 TFX imported in 5.02s\n"
        "17:55:36 example_gen  running\n"
        "17:55:37 example_gen  cached in 0.21s\n"
        "17:55:37 trainer      running\n"
        "17:55:47 trainer      attempt 1 of 3 failed after 10.0s, next in 30.0s: `trainer` failed\n"
        "17:56:17 trainer      running, attempt 2 of 3\n"
        "17:57:32 trainer      succeeded in 1m15s\n"
        "17:57:32 pusher       skipped: its condition is false\n"
        "17:57:33 run succeeded in 2m03s\n"
        "\n"
    )


def test_a_reader_that_goes_away_does_not_stop_the_run(three_nodes: Plan) -> None:
    class Closed(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    for progress in (PlainProgress(three_nodes, Closed()), LiveProgress(three_nodes, Closed())):
        for event in STORY:
            progress.show(event)
            progress.tick()
        progress.close()


def test_the_table_while_tfx_is_imported() -> None:
    assert drawn(board_after(STORY[:1]), 4.2) == [
        "penguin  4.20s  importing TFX…  run 20261123-175530-ab12",
        "example_gen  CsvExampleGen  waiting",
        "trainer      Trainer        waiting",
        "pusher       Pusher         waiting",
        "3 waiting",
    ]


def test_the_table_while_nodes_run() -> None:
    assert drawn(board_after(STORY[:8]), 50) == [
        "penguin  50.0s  run 20261123-175530-ab12",
        "example_gen  CsvExampleGen  cached      0.21s",
        "trainer      Trainer        running     3.00s  attempt 2 of 3",
        "pusher       Pusher         waiting",
        "1 waiting · 1 running · 1 cached",
    ]


def test_a_narrow_table_leaves_out_the_types() -> None:
    assert drawn(board_after(STORY[:7]), 20, width=44) == [
        "penguin  20.0s  run 20261123-175530-ab12",
        "example_gen  cached      0.21s",
        "trainer      retrying    10.0s  attempt 1 …",
        "pusher       waiting",
        "1 waiting · 1 retrying · 1 cached",
    ]


@pytest.mark.parametrize("width", [10, 20, 30, 44, 72, 80, 200])
@pytest.mark.parametrize("upto", range(1, len(STORY)))
def test_no_line_is_wider_than_the_screen(width: int, upto: int) -> None:
    lines = drawn(board_after(STORY[:upto]), 100, width=width)
    assert len(lines) == 5
    assert all(len(line) < width for line in lines)


@pytest.mark.parametrize("height", [5, 10, 24, 60])
def test_a_large_run_stays_on_the_screen_and_shows_what_is_going_on(height: int) -> None:
    types = {f"node_{number:03}": "StatisticsGen" for number in range(300)}
    events = [began(tuple(types)), at(1, "pipeline_opened")]
    for number in range(100):
        name = f"node_{number:03}"
        events.append(at(2 + number, "node_started", node=name, attempt=1, attempts=1))
        state = "failed" if number == 7 else "succeeded"
        if number != 96:
            events.append(at(3 + number, "node_finished", node=name, state=state, seconds=1))
    lines = drawn(board_after(events, types), 200, height=height)
    assert len(lines) <= max(height, 5)
    text = "\n".join(lines)
    assert "node_096  StatisticsGen  running" in text
    assert "node_100  StatisticsGen  waiting" in text
    assert "200 waiting · 1 running · 98 succeeded · 1 failed" in lines[-1]
    assert "of 300 nodes shown" in lines[-1]
    if height >= 10:
        assert "node_007  StatisticsGen  failed" in text


def test_the_table_is_redrawn_and_removed(three_nodes: Plan) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    progress = LiveProgress(three_nodes, stream)
    for event in STORY:
        progress.show(event)
        progress.tick()
    progress.close()
    assert "importing TFX" in stream.getvalue()
    assert stream.getvalue().endswith("\x1b[2K")  # erased, and the cursor is back where it began
    assert "\x1b[?25h" in stream.getvalue()


@pytest.mark.parametrize(
    ("terminal", "environment", "table"),
    [
        (True, {"TERM": "xterm-256color"}, True),
        (False, {"TERM": "xterm-256color"}, False),
        (True, {"TERM": "dumb"}, False),
        (True, {}, False),
        (True, {"TERM": "xterm", "NO_COLOR": "1"}, False),
        (True, {"TERM": "xterm", "NO_COLOR": ""}, True),
    ],
)
def test_when_there_is_a_table(terminal: bool, environment: dict[str, str], table: bool) -> None:
    class Stream(io.StringIO):
        def isatty(self) -> bool:
            return terminal

    assert wants_table(Stream(), environment) is table


def test_quiet_shows_nothing(three_nodes: Plan) -> None:
    stream = io.StringIO()
    progress = make_progress(three_nodes, stream, quiet=True)
    assert isinstance(progress, SilentProgress)
    for event in STORY:
        progress.show(event)
        progress.tick()
    progress.close()
    assert stream.getvalue() == ""


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.00s"),
        (0.004, "0.00s"),
        (9.994, "9.99s"),
        (9.996, "10.0s"),
        (59.94, "59.9s"),
        (59.96, "1m00s"),
        (3599.4, "59m59s"),
        (3599.6, "1h00m"),
        (90061, "25h01m"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert shown_seconds(seconds) == text
