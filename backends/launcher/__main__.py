"""``python -m tfxc.backends.launcher``: ``serve`` for a client, ``run-node`` for anything else."""

from __future__ import annotations

import sys

from tfxc.backends.launcher.command import main

if __name__ == "__main__":
    sys.exit(main())
