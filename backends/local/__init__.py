"""The local backend: `tfxc run` executes a Plan on this machine.

A run starts the launcher's server, which imports TFX once and forks a child for each node; the
scheduler decides which node starts when.
"""

from tfxc.backends.local.backend import LocalBackend

BACKEND = LocalBackend()
