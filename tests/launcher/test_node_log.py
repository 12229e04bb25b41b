"""What TFX's executors say while they run goes to the node's log, told apart from the user's output."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
from absl import logging
from tfxc.backends.launcher.processes import environment

environment.after_imports()
logging.info("said before")
environment.tell_the_log()
logging.info("one\\ntwo")
logging.error("three")
print("the user's own", flush=True)
"""


def test_each_line_of_a_record_says_that_it_is_one() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout == "the user's own\n"
    assert done.stderr.splitlines() == ["INFO:absl:one", "INFO:absl:two", "ERROR:absl:three"]
