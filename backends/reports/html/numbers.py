"""How pages write numbers, shares, sizes and moments."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any, Optional

_UNITS = ("B", "kB", "MB", "GB", "TB")


def shown_number(value: Any) -> str:
    """Returns a number in few characters: ``1,234``, ``0.9857``, ``1.2e-05``; a text as it is."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    if not math.isfinite(value):
        return {math.inf: "∞", -math.inf: "−∞"}.get(value, "NaN")
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{int(value):,}".replace("-", "−")
    text = f"{value:,.1f}" if abs(value) >= 10_000 else f"{value:.4g}"
    return text.replace("-", "−") if "e" not in text else text


def shown_share(part: float, whole: float) -> str:
    """Returns a share in per cent; the smallest and the largest do not round to none and all."""
    if whole <= 0:
        return ""
    share = 100 * part / whole
    if 0 < share < 0.1:
        return "<0.1%"
    if 99.9 < share < 100:
        return ">99.9%"
    return f"{share:.0f}%" if share in (0, 100) else f"{share:.1f}%"


def shown_size(size: int) -> str:
    """Returns a size: ``136 kB``."""
    amount = float(size)
    for unit in _UNITS:
        if amount < 1000 or unit == _UNITS[-1]:
            break
        amount /= 1000
    return f"{amount:.3g} {unit}" if amount < 1000 else f"{amount:.0f} {unit}"


def shown_time(moment: Optional[datetime]) -> str:
    """Returns a moment as people read it, with its time zone."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S %Z").strip() if moment is not None else ""
