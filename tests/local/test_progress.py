"""What a run looks like while it goes on: plain lines and the live table."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pyte
import pytest
from rich.cells import cell_len
from rich.console import Console

from tfxc.backends.local.screen import live, log_tail
from tfxc.backends.local.screen.board import Board
from tfxc.backends.local.screen.live import LiveProgress
from tfxc.backends.local.screen.progress import PlainProgress, SilentProgress, make_progress, wants_table
from tfxc.backends.local.screen.view import board_view
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


def drawn(board: Board, second: float, width: int = 80, height: int = 24, **logs: Any) -> list[str]:
    console = Console(file=io.StringIO(), width=width, height=height, color_system=None, highlight=False)
    with console.capture() as capture:
        console.print(board_view(board, BEGAN + timedelta(seconds=second), width, height, **logs))
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


FOLDER = "/home/ada/work/runs/.tfxc/20261123-175530-ab12/logs"
HERE = Path("/home/ada/work")


OPENED = at(6, "pipeline_opened")


def started(node: str, second: float = 7, folder: str = FOLDER) -> Event:
    return at(second, "node_started", node=node, attempt=1, attempts=1, log=f"{folder}/{node}.1.log")


def words(log: str) -> str:
    return {"trainer.1.log": "step 120/200 loss 0.31"}.get(Path(log).name, "Generating examples. " * 9)


def test_the_table_says_what_logs_say_and_where_they_are() -> None:
    board = board_after([began(), OPENED, started("trainer")])
    assert drawn(board, 10, words=words, here=HERE) == [
        "penguin  10.0s  run 20261123-175530-ab12",
        "example_gen  CsvExampleGen  waiting",
        "trainer      Trainer        running     3.00s  trainer.1.log",
        "  step 120/200 loss 0.31",
        "pusher       Pusher         waiting",
        "2 waiting · 1 running",
        "logs: runs/.tfxc/20261123-175530-ab12/logs/trainer.1.log",
    ]
    board.take(started("example_gen", 8), TYPES)
    assert drawn(board, 10, width=48, words=words, here=HERE) == [
        "penguin  10.0s  run 20261123-175530-ab12",
        "example_gen  running     2.00s  example_gen.1.…",
        "  Generating examples. Generating examples. Ge…",
        "trainer      running     3.00s  trainer.1.log",
        "  step 120/200 loss 0.31",
        "pusher       waiting",
        "1 waiting · 2 running",
        "logs: runs/.tfxc/20261123-175530-ab12/logs/",
    ]
    assert drawn(board, 10, width=30, words=words)[-1] == "logs: …1123-175530-ab12/logs/"


def test_a_finished_node_no_longer_shows_its_log() -> None:
    over = at(9, "node_finished", node="trainer", state="succeeded", seconds=2)
    assert drawn(board_after([began(), OPENED, started("trainer"), over]), 10, words=words, here=HERE) == [
        "penguin  10.0s  run 20261123-175530-ab12",
        "example_gen  CsvExampleGen  waiting",
        "trainer      Trainer        succeeded   2.00s",
        "pusher       Pusher         waiting",
        "2 waiting · 1 succeeded",
    ]


@pytest.mark.parametrize("width", [12, 30, 80, 200])
@pytest.mark.parametrize("height", [7, 12, 24, 100])
def test_forty_nodes_at_once_stay_on_the_screen(width: int, height: int) -> None:
    types = {f"trainer_{number:02}": "Trainer" for number in range(40)}
    events = [began(tuple(types)), *(started(node) for node in types)]
    lines = drawn(board_after(events, types), 10, width=width, height=height, words=words)
    assert len(lines) <= height
    assert all(cell_len(line) < width for line in lines)
    said = sum(line.startswith("  ") for line in lines)
    assert said == (40 if height == 100 else (0 if height == 7 else (height - 4) // 3))


def test_people_are_shown_labels_that_may_be_wide_and_long(make_node: Callable[..., Any]) -> None:
    labels = {"a": "trainer[東京,🐧]", "b": "x" * 300, "c": "evil\x1b[2J\nlabel"}
    board = Board("penguin", labels)
    for event in [began(tuple(labels)), *map(started, labels)]:
        board.take(event, dict.fromkeys(labels, "Trainer"))
    lines = drawn(board, 10, words=lambda log: "企" * 100)
    assert all(cell_len(line) < 80 for line in lines)
    assert lines[1] == "trainer[東京,🐧]            Trainer  running     3.00s  a.1.log"
    assert lines[3].startswith("xxxxxxxxxxxxxxxxxxxxxxxxx…  Trainer  running")
    assert lines[5].startswith("evil label                  Trainer  running")
    assert lines[2] == "  " + "企" * 38 + "…"


def test_plain_lines_name_the_log_and_show_labels(
    make_plan: Callable[..., Plan], make_node: Callable[..., Any]
) -> None:
    node = make_node("trainer").model_copy(update={"id": "trainer.tokyo", "label": "trainer[東京]"})
    stream = io.StringIO()
    progress = PlainProgress(make_plan(node), stream)
    progress.show(began(("trainer.tokyo",)))
    progress.show(started("trainer.tokyo", folder=str(Path.cwd() / "runs/logs")))
    assert stream.getvalue().splitlines()[1] == (
        "17:55:37 trainer[東京]  running, log: runs/logs/trainer.tokyo.1.log"
    )


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (120, 40), (40, 8)])
def test_what_a_terminal_shows(
    three_nodes: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: int, rows: int
) -> None:
    screen = pyte.Screen(columns, rows)
    terminal = pyte.Stream(screen)

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

        def write(self, text: str) -> int:
            terminal.feed(text.replace("\n", "\r\n"))
            return len(text)

    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("LINES", str(rows))
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(log_tail, "READ_SECONDS", 0.0)
    monkeypatch.setattr(live, "FRAME_SECONDS", 0.0)
    log = tmp_path / "logs/trainer.1.log"
    log.parent.mkdir()
    log.write_text("Epoch 2/5\n\r 9/20 [==>..] - loss: 0.4\b\b\b\b\r10/20 [==>..] - ETA: 1s - loss: 0.31")
    progress = LiveProgress(three_nodes, Terminal())
    for event in [began(), started("trainer", folder=str(tmp_path / "logs"))]:
        progress.show(event)
        progress.tick()
    shown = [line.rstrip() for line in screen.display]
    assert shown[2].startswith("trainer ")
    assert shown[3] == "  epoch 2/5 step 10/20 loss 0.31"
    assert shown[5] == "2 waiting · 1 running"
    assert shown[6] == "logs: logs/trainer.1.log"
    with log.open("a") as more:
        more.write("\nINFO:absl:Training complete.\n")
    progress.show(started("example_gen", folder=str(tmp_path / "logs")))
    progress.tick()
    shown = [line.rstrip() for line in screen.display]
    assert shown[3] == "  Training complete."
    assert shown[6] == "logs: logs/"
    progress.close()
    assert not "".join(screen.display).strip()


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
