"""``python -m tfxc.backends.launcher``: the launcher's command line, for people.

Programs start it as `tfxc.schemas.start` does: with ``-m`` Python looks in the working directory for
what it needs itself to get here.
"""

from __future__ import annotations

import sys

from tfxc.backends.launcher.command import main

if __name__ == "__main__":
    sys.exit(main())
