"""``python -m tfxc.backends.kubeflow.task``: one task in its container."""

import sys

from tfxc.backends.kubeflow.task.command import main

sys.exit(main())
