"""What this machine has: cores, memory and accelerators, as far as this process may use them."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

NVIDIA = "nvidia.com/gpu"
KNOWN_ACCELERATORS = (NVIDIA,)
"""Accelerator types that can be found on a machine without a cluster's device plugins."""

_NO_LIMIT = 2**60


@dataclass(frozen=True)
class Machine:
    """``cores`` at least 1, ``memory`` in bytes, ``accelerators`` as resource name → how many."""

    cores: int
    memory: int
    accelerators: Mapping[str, int] = field(default_factory=dict)


def this_machine(root: Path = Path("/")) -> Machine:
    """Returns what this process may use: its CPU affinity and its control group's limits count.

    ``root`` is where ``dev`` and ``sys`` lie.
    """
    cgroup = root / "sys/fs/cgroup"
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = _cpu_quota(cgroup)
    cores = affinity if quota is None else max(1, min(affinity, round(quota)))
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limits = (_number(cgroup / "memory.max"), _number(cgroup / "memory/memory.limit_in_bytes"))
    memory = min([physical, *(limit for limit in limits if limit is not None and limit < _NO_LIMIT)])
    gpus = _nvidia_devices(root / "dev")
    return Machine(cores, memory, {NVIDIA: gpus} if gpus else {})


def _cpu_quota(cgroup: Path) -> float | None:
    """Cores that the control group grants (version 2, then 1), or None without a limit."""
    words = _text(cgroup / "cpu.max").split()
    if len(words) == 2 and words[0].isdigit() and int(words[1]) > 0:
        return int(words[0]) / int(words[1])
    quota, period = _number(cgroup / "cpu/cpu.cfs_quota_us"), _number(cgroup / "cpu/cpu.cfs_period_us")
    return quota / period if quota and period else None


def _nvidia_devices(devices: Path) -> int:
    try:
        return sum(1 for entry in devices.iterdir() if re.fullmatch(r"nvidia\d+", entry.name))
    except OSError:
        return 0


def _number(path: Path) -> int | None:
    text = _text(path).strip()
    return int(text) if text.isdigit() else None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
