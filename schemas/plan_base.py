"""The base of everything in the Plan."""

from pydantic import BaseModel, ConfigDict


class PlanModel(BaseModel):
    """Base of everything in the Plan: frozen, and strict about keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
