"""Labels of versions: names that clients ask for, whatever the version behind them."""

from __future__ import annotations

from tfxc.backends.serving.deploy.config import CANARY, STABLE
from tfxc.backends.serving.deploy.values import Versions


def labels_of(versions: Versions) -> dict[str, int]:
    """Returns label → version; none if the newest version is served, whichever it is."""
    named = {STABLE: versions.stable, CANARY: versions.canary}
    return {label: version for label, version in named.items() if version is not None}
