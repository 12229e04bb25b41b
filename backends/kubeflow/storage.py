"""Where files are: object stores by the names that KFP uses, and by those that TensorFlow can read.

KFP calls its own object store ``minio://bucket/key``. TensorFlow and Beam know no such scheme; they
read the same objects as ``s3://bucket/key`` from the endpoint that the environment names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tfxc.backends.container.object_stores import MINIO, S3, names
from tfxc.schemas.plan import Plan
from tfxc.schemas.plan_values import with_texts

KFP_ENDPOINT = "http://minio-service.kubeflow:9000"
"""Where a stock installation of KFP has its object store."""

_KFP_MOUNTS = {"gs://": "/gcs/", MINIO: "/minio/", S3: "/s3/"}


def readable(value: Any) -> Any:
    """Returns a value of the Plan with every ``minio://`` written as TensorFlow reads it, ``s3://``.

    Texts that only contain the word further in are left alone; a reference is resolved later.
    """
    return with_texts(value, _as_s3)


def _as_s3(text: str) -> str:
    return S3 + text[len(MINIO) :] if text.startswith(MINIO) else text


def names_minio(plan: Plan) -> bool:
    """Whether the Plan names the object store of KFP."""
    return names(plan, MINIO)


def s3_environment(environment: Mapping[str, str], minio: bool) -> dict[str, str]:
    """Returns the variables that must be added so that TensorFlow and Beam find the same object store.

    TensorFlow's S3 file system reads S3_ENDPOINT, an URL; boto3, which Beam uses, AWS_ENDPOINT_URL.
    Whichever is set gives the other. With ``minio`` and neither, it is the object store of a stock
    KFP. What is set already stays as it is, and without an endpoint it is Amazon's own.
    """
    names = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "S3_ENDPOINT")
    url = next((environment[name] for name in names if environment.get(name)), None)
    if url is None and minio:
        url = KFP_ENDPOINT
    if url is None:
        return {}
    region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or "us-east-1"
    wanted = {
        "AWS_ENDPOINT_URL": url,
        "S3_ENDPOINT": url,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
    }
    return {name: value for name, value in wanted.items() if not environment.get(name)}


def local_path(uri: str) -> str:
    """Returns where KFP's launcher has the object of a URI in the container; a plain path is itself."""
    for scheme, mount in _KFP_MOUNTS.items():
        if uri.startswith(scheme):
            return mount + uri[len(scheme) :]
    return uri


def is_copied_by_kfp(uri: str) -> bool:
    """Whether KFP's launcher would look for a URI in an object store of its own."""
    return uri.startswith((*_KFP_MOUNTS, "oci://"))
