"""Forked children: none of these tests imports TFX."""

from __future__ import annotations

import subprocess
import sys

import pytest

SIGNALLED_AT_BIRTH = """
import os, signal, sys, time
from tfxc.backends.launcher.processes import children

wake, waking = os.pipe()
for descriptor in (wake, waking):
    os.set_blocking(descriptor, False)
signal.set_wakeup_fd(waking, warn_on_full_buffer=False)
number = signal.Signals(int(sys.argv[1]))
for each in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
    signal.signal(each, lambda *_: None)
os.register_at_fork(after_in_child=lambda: os.kill(os.getpid(), number))


def work():
    time.sleep(0.05)
    return b"done"


child = children.fork(work, None, (wake, waking), time.monotonic())
while not children.has_ended(child):
    time.sleep(0.01)
ended = children.reap(child)
try:
    woken = os.read(wake, 100)
except BlockingIOError:
    woken = b""
print([signal.Signals(byte).name for byte in woken], ended.exit_code, ended.answer)
"""


@pytest.mark.parametrize(
    ("number", "ending"), [("15", "143 b''"), ("2", "0 b'done'")], ids=["SIGTERM", "SIGINT"]
)
def test_a_signal_for_a_newborn_child_is_not_its_parents(number: str, ending: str) -> None:
    """It still has its parent's handlers and wake-up descriptor: the parent would take it for its own."""
    done = subprocess.run(
        [sys.executable, "-c", SIGNALLED_AT_BIRTH, number], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"['SIGCHLD'] {ending}\n"
