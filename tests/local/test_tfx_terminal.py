"""What a person sees of the penguin pipeline in a terminal of 80 columns and 24 lines, from start to end."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import shutil
import struct
import sys
import termios
from pathlib import Path

import pyte
import pytest

pytestmark = pytest.mark.tfx

SPEC = Path(__file__).parents[2] / "specs" / "penguin"
COLUMNS, ROWS = 80, 24


def seen(folder: Path, *arguments: str) -> tuple[list[list[str]], int]:
    """Runs tfxc in a terminal; returns each picture that it showed, line by line, and the exit code."""
    program = [sys.executable, "-c", "from tfxc.compiler.cli import main; main()", *arguments]
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(folder)
        os.execve(program[0], program, {**os.environ, "TERM": "xterm-256color", "NO_COLOR": ""})
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    screen = pyte.HistoryScreen(COLUMNS, ROWS, history=1000)
    stream = pyte.ByteStream(screen)
    pictures: list[list[str]] = []
    while True:
        try:
            content = os.read(terminal, 65536)
        except OSError:  # how Linux says that the other side is closed
            break
        if not content:
            break
        stream.feed(content)
        pictures.append([line.rstrip() for line in screen.display])
    os.close(terminal)
    above = ["".join(line[column].data for column in range(COLUMNS)).rstrip() for line in screen.history.top]
    pictures.append([*above, *(line.rstrip() for line in screen.display)])
    return pictures, os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def test_penguin_in_a_terminal(tmp_path: Path) -> None:
    shutil.copytree(SPEC, tmp_path / "penguin", ignore=shutil.ignore_patterns("runs", "serving", ".tfxc"))
    module, spec = tmp_path / "penguin" / "models" / "model.py", tmp_path / "penguin" / "pipeline.yaml"
    module.write_text(module.read_text().replace("verbose=2", "verbose=1"))
    count = "            - class_name: ExampleCount\n"
    assert count in spec.read_text()
    spec.write_text(
        spec.read_text().replace(count, f"{count}            - class_name: MultiClassConfusionMatrixPlot\n")
    )
    pictures, exit_code = seen(tmp_path, "run", "penguin/pipeline.yaml", "--run-id", "one", "--no-warm")
    assert exit_code == 0

    lines = [line for picture in pictures[:-1] for line in picture]
    logs = "logs: penguin/runs/.tfxc/one/logs/"
    assert any(line.startswith(logs) for line in lines)
    assert any(re.fullmatch(r"trainer +Trainer +running +[\d.]+s  trainer\.1\.log", line) for line in lines)
    assert any(re.fullmatch(r"  step \d+/200 loss [\d.]+", line) for line in lines)
    assert not any("INFO:absl" in line or "Setting to DenseTensor" in line for line in lines)

    summary = "\n".join(pictures[-1])
    assert "statistics_gen: 140 examples in eval, 204 in train\n  feature  " in summary
    assert re.search(r"\n  sex +string +2\.9% +3\.4%  2: fem", summary)
    assert summary.index("  sex  ") < summary.index("  body_mass_g") < summary.index("  island  ")
    assert "\n  plots of 9 slices: MultiClassConfusionMatrixPlot\n" in summary
    assert "\n    to see them: tfxc report penguin/runs/.tfxc/one\n" in summary

    report = json.loads((tmp_path / "penguin/runs/.tfxc/one/summary.json").read_text())
    assert report["evaluations"][0]["plots"] == ["MultiClassConfusionMatrixPlot"]
    split = next(each for each in report["statistics"] if each["node"] == "statistics_gen")
    sex = next(each for each in split["features"] if each["name"] == "sex")
    assert (split["split"], split["feature_count"], sex["missing"], sex["count"]) == ("eval", 8, 4, 136)
