"""A node in a new interpreter, for environment variables that libraries read when they are imported.

The forked child of the server has TensorFlow imported already: `TF_USE_LEGACY_KERAS` or
`KERAS_BACKEND` would come too late there. Airflow and Kubeflow set a node's variables before its
process starts, and a run on one machine must mean the same.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Optional

from tfxc.backends.launcher.processes import children
from tfxc.backends.launcher.processes.environment import Stopped
from tfxc.schemas.start import launcher_command


def run_fresh(content: bytes, node: str, threads: Optional[int], variables: Mapping[str, str]) -> bytes:
    """Runs a node of an open run in a new interpreter and returns the answer it would have given.

    SIGTERM is passed on: the node stops and answers as if it were this process.
    """
    command = launcher_command(sys.executable, "work", "--node", node)
    if threads is not None:
        command += ["--threads", str(threads)]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **variables},
    )
    stopped = False
    pending: Optional[bytes] = content
    while True:
        try:
            answer, _ = process.communicate(pending)
            break
        except Stopped:
            stopped = True
            pending = None
            process.terminate()
    if process.returncode == 0 and answer:
        return answer
    if stopped:
        raise Stopped
    # The server tells the user how a process was killed: end the same way.
    children.end_like(process.returncode)
    return b""
