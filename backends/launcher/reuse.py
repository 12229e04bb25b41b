"""Runs of some nodes only: the outputs of the others are taken from earlier runs."""

from __future__ import annotations

from tfxc.backends.launcher.ir import Compiled
from tfxc.backends.launcher.messages import RunContext
from tfxc.schemas.plan import Plan


def take_over(plan: Plan, context: RunContext, compiled: Compiled) -> None:
    """Makes outputs of earlier runs available in this run."""
