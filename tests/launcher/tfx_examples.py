"""A program: the IR of TFX's own published pipelines, each in a process of its own, with TFX imported once.

python tfx_examples.py REQUESTS: a JSON list of request and answer files for `tfxc import`.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

# What the pipelines import is imported before the forks.
import tensorflow_model_analysis  # noqa: F401
import tensorflow_transform  # noqa: F401
from tfx import v1  # noqa: F401
from tfx.dsl.compiler import compiler  # noqa: F401
from tfx.extensions.google_cloud_ai_platform.pusher import executor  # noqa: F401
from tfx.orchestration.beam import beam_dag_runner  # noqa: F401

from tfxc.backends.launcher.importing.program import main

if __name__ == "__main__":
    for request, answer, folder in json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")):
        child = os.fork()
        if child == 0:
            os.chdir(folder)
            sys.argv[:] = [sys.argv[0], request, answer]
            try:
                main()
            finally:
                os._exit(1)
        os.waitpid(child, 0)
