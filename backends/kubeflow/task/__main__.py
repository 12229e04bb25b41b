"""``python -m tfxc.backends.kubeflow.task``: one task in its container, for people."""

from __future__ import annotations

import sys

from tfxc.backends.kubeflow.task.command import main

if __name__ == "__main__":
    sys.exit(main())
