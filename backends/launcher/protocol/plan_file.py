"""Reading a Plan that a bundle carries."""

from __future__ import annotations

from pathlib import Path

from tfxc.schemas.failures import WrongUse
from tfxc.schemas.plan import Plan
from tfxc.schemas.plan_file import load_plan


def read_plan(text_or_path: str) -> Plan:
    """Returns the Plan of a JSON text or of a file. Raises WrongUse if it is none."""
    if text_or_path.lstrip().startswith("{"):
        return load_plan(text_or_path)
    name = f"the plan {text_or_path}"
    try:
        text = Path(text_or_path).read_text(encoding="utf-8")
    except OSError as error:
        raise WrongUse(f"{name} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise WrongUse(f"{name} is no JSON text.") from None
    return load_plan(text, name)
