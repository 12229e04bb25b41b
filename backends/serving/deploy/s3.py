"""Copying from s3://, which TensorFlow Serving's image reads no more since 2.7 (tensorflow/serving#1963)."""

from __future__ import annotations

COPIER = "amazon/aws-cli:2.17.0"
AWS_VARIABLES = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_REGION",
    "AWS_ENDPOINT_URL",
)


def copy_command(source: str, folder: str, version: int | None = None) -> list[str]:
    """Returns the arguments of `aws` that copy the versions, or one of them, from a bucket to a folder."""
    inside = "" if version is None else f"/{version}"
    return ["s3", "sync", f"{source}{inside}", f"{folder}{inside}", "--only-show-errors"]
