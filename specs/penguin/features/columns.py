"""What the columns are: both the features and the model ask here."""

from __future__ import annotations

MEASUREMENTS = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
CATEGORIES = ["island", "sex"]
LABEL = "species"


def transformed(name: str) -> str:
    """Returns the name of a feature after Transform. The raw names stay free for slicing."""
    return f"{name}_xf"
