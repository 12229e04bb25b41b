"""What the image of a pipeline starts from: the Python decides which line of TFX is installed in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Optional

from tfxc.backends.container.object_stores import needs_s3
from tfxc.schemas.diagnostics import Finding, Path
from tfxc.schemas.plan import Plan
from tfxc.schemas.tfx_lines import NEWEST, line_of_python

BASE_IMAGES: Mapping[str, str] = MappingProxyType({"1.16": "python:3.10-slim", "1.21": "python:3.12-slim"})
"""line of TFX → a Debian with a Python that tfxc's locked environment of that line is for"""
BASE_IMAGE_WORDS = (
    "What the bundle's Dockerfile starts from: a Debian with Python. By default that of the pipeline's TFX: "
    f"{BASE_IMAGES['1.21']} for 1.21, {BASE_IMAGES['1.16']} for 1.16 and for what reads `s3://`."
)

WRONG_LINE = "B142"
NO_S3 = "B143"
_LINE_WITH_S3 = "1.16"
"""tensorflow-io 0.37, the last, is built for TensorFlow 2.16 and cannot be loaded by a later one."""


def base_image(plan: Plan, given: Optional[str]) -> str:
    """Returns the image to start from: the one that the settings name, or that of the Plan's line of TFX."""
    return given or BASE_IMAGES[plan.tfx or (_LINE_WITH_S3 if needs_s3(plan) else NEWEST)]


def base_image_findings(plan: Plan, given: Optional[str], section: Path) -> Iterator[Finding]:
    """Yields what the image's line of TFX cannot do: the Plan's line (B142), `s3://` (B143).

    ``section`` is where the settings stand that have ``base_image``. An image whose name does not tell its
    Python is taken as it is.
    """
    path = (*section, "base_image") if given is not None else section
    line = line_of_python(base_image(plan, given))
    if line is None:
        return
    if plan.tfx is not None and plan.tfx != line:
        yield Finding(
            WRONG_LINE,
            f"{given} gets TFX {line}, and the pipeline is for TFX {plan.tfx}",
            path,
            help=(f"start from {BASE_IMAGES[plan.tfx]}, or leave `base_image` out",),
        )
    elif line != _LINE_WITH_S3 and needs_s3(plan):
        yield Finding(
            NO_S3,
            f"`s3://` cannot be read with TFX {line}: tensorflow-io is not made for its TensorFlow",
            path if given is not None else ("tfx",),
            help=(
                f'write `tfx: "{_LINE_WITH_S3}"`, with {BASE_IMAGES[_LINE_WITH_S3]} as the image to start '
                "from, or mount the data",
            ),
        )
