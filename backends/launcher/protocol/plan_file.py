"""Reading a Plan that a bundle carries."""

from __future__ import annotations

from pathlib import Path

import pydantic

from tfxc.schemas.failures import WrongUse
from tfxc.schemas.plan import Plan, load_plan


def read_plan(text_or_path: str) -> Plan:
    """Returns the Plan of a JSON text or of a file. Raises WrongUse if it is none."""
    if text_or_path.lstrip().startswith("{"):
        text, name = text_or_path, "the plan"
    else:
        name = f"the plan {text_or_path}"
        try:
            text = Path(text_or_path).read_text(encoding="utf-8")
        except OSError as error:
            raise WrongUse(f"{name} cannot be read: {error.strerror}.") from None
        except UnicodeDecodeError:
            raise WrongUse(f"{name} is no JSON text.") from None
    try:
        return load_plan(text)
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        problem = f"{where}: {first['msg']}" if where else first["msg"]
        raise WrongUse(f"{name} is not one that this version of tfxc reads: {problem}.") from None
