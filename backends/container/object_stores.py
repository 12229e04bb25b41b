"""Which object stores a Plan names, by the schemes of their URIs."""

from __future__ import annotations

from tfxc.schemas.plan import Plan
from tfxc.schemas.plan_places import values
from tfxc.schemas.plan_values import parts

S3 = "s3://"
MINIO = "minio://"
"""KFP's own object store, which is read through the S3 protocol too."""


def needs_s3(plan: Plan) -> bool:
    """Whether the Plan names an object store that is read through the S3 protocol."""
    return names(plan, S3) or names(plan, MINIO)


def names(plan: Plan, scheme: str) -> bool:
    """Whether a value, a parameter's default or a backend's setting has the scheme in it."""
    defaults = (parameter.default for parameter in plan.parameters)
    known = [*defaults, *(placed.value for placed in values(plan)), *plan.backends.values()]
    return any(isinstance(part.inner, str) and scheme in part.inner for each in known for part in parts(each))
