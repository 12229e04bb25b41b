"""From a Plan, its ``serving`` section and the command line to a Deployment, or to a sentence why not."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Optional

from pydantic import ValidationError

from tfxc.backends.serving.deploy.values import Deployment, Question, Source, Store, Target, Versions
from tfxc.schemas.failures import Failure, WrongUse
from tfxc.schemas.plan import Plan, PlanNode
from tfxc.schemas.plan_places import default_texts
from tfxc.schemas.plan_values import beginning, is_uri
from tfxc.schemas.serving import Serving
from tfxc.schemas.spec_values import spec_value
from tfxc.schemas.words.suggest import did_you_mean, enumeration

SERVING_OF_TENSORFLOW = {
    "2.16": "2.16.1",
    "2.17": "2.17.1",
    "2.18": "2.18.1",
    "2.19": "2.19.1",
    "2.20": "2.20.0",
    "2.21": "2.21.0",
}
"""TensorFlow's minor → the newest release of TensorFlow Serving that is built with it."""
TENSORFLOW_OF_TFX = {"1.16": "2.16", "1.21": "2.21"}
NEWEST = "2.21"
"""Where nothing says what trains: a newer server reads what an older TensorFlow saved."""

_DESTINATION, _PUSHED = "push_destination", "PushedModel"
_CLUSTER_NAME = re.compile(r"[a-z]([-a-z0-9]{0,48}[a-z0-9])?\Z")
"""Names of services (RFC 1035), with room for `-canary` and for KServe's own endings."""


def settings_of(document: Mapping[str, Any]) -> Serving:
    """Returns the ``serving`` section of a checked document. Raises Failure for what only a run knows."""
    try:
        return Serving.model_validate(document.get("serving") or {})
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        raise Failure(
            f"`serving.{where}` has no value before a run: references are for components, write it out "
            "(an environment may have another one)"
        ) from None


def pushers_of(plan: Plan) -> list[PlanNode]:
    """Returns the nodes that push a model, in the Plan's order."""
    return [node for node in plan.nodes if _is_pusher(node)]


def pusher_of(plan: Plan, name: Optional[str]) -> PlanNode:
    """Returns the Pusher that is meant. Raises Failure if there is none, WrongUse if one must be chosen."""
    pushers = pushers_of(plan)
    if not pushers:
        raise Failure(
            f"`{plan.name}` has no Pusher, so there is no model to serve: add one behind its Trainer"
        )
    ids = [node.id for node in pushers]
    if name is None and len(pushers) > 1:
        raise WrongUse(f"`{plan.name}` has several Pushers; say which with --pusher: {enumeration(ids)}")
    if name is not None and name not in ids:
        hints = did_you_mean(name, ids)
        raise WrongUse(
            "; ".join(
                [f"--pusher: there is no Pusher `{name}`", *(hints or [f"there are: {', '.join(ids)}"])]
            )
        )
    return pushers[ids.index(name)] if name is not None else pushers[0]


def source_of(plan: Plan, pusher: PlanNode) -> Source:
    """Returns where a Pusher pushes to, parameters at their defaults. Raises Failure if that is not known."""
    destination = pusher.arguments[_DESTINATION].value
    filesystem: Any = destination.get("filesystem") or {}
    value = filesystem.get("base_directory", filesystem.get("baseDirectory"))
    if value is None:
        raise Failure(f"`{pusher.id}` pushes to no folder: write `push_destination: {{filesystem: …}}`")
    text, whole = beginning(value, default_texts(plan))
    if not whole or "{{" in text:
        shown = spec_value(value)
        raise Failure(f"where `{pusher.id}` pushes to (`{shown}`) is known to a run only: give it a text")
    location = text.rstrip("/") or text
    if not is_uri(location):
        return Source(Store.FOLDER, location)
    scheme = location.partition("://")[0].lower()
    if scheme not in (Store.GCS.value, Store.S3.value):
        raise Failure(f"`{pusher.id}` pushes to `{location}`: of buckets, gs:// and s3:// can be served from")
    return Source(Store(scheme), location)


def versions_of(
    pushed: Optional[Sequence[int]], stable: Optional[int], canary: Optional[int], weight: Optional[int]
) -> Versions:
    """Returns the versions to serve. ``pushed`` are those that there are, None if that is not known.

    A canary's stable version is by default the newest other one. Raises WrongUse.
    """
    if canary is None and weight is not None:
        raise WrongUse("--canary-weight is the share of a canary: name its version with --canary")
    for option, version in (("--stable", stable), ("--canary", canary)):
        if version is not None and pushed is not None and version not in pushed:
            there = f"there are: {', '.join(map(str, pushed))}" if pushed else "nothing is pushed yet"
            raise WrongUse(f"{option}: no version {version} is pushed; {there}")
    if canary is not None and stable is None:
        others = [version for version in pushed or () if version != canary]
        if not others:
            raise WrongUse("a canary stands beside a stable version: name that with --stable")
        stable = max(others)
    if canary is not None and canary == stable:
        raise WrongUse(f"--stable and --canary are both version {canary}: name two versions")
    return Versions(stable, canary, 10 if weight is None else weight)


def image_of(plan: Plan, settings: Serving, tensorflow: Optional[str]) -> str:
    """Returns the image: the spec's, or TensorFlow Serving of the TensorFlow that trained.

    ``tensorflow`` is the version that the pushed model names; without one the Plan's TFX says it.
    """
    if settings.image is not None:
        return settings.image
    minor = (
        ".".join(tensorflow.split(".")[:2]) if tensorflow else TENSORFLOW_OF_TFX.get(plan.tfx or "", NEWEST)
    )
    tag = SERVING_OF_TENSORFLOW.get(minor)
    if tag is None:
        raise Failure(
            f"the pushed model was saved by TensorFlow {tensorflow}, and tfxc knows no TensorFlow Serving "
            "for it: name an image as `serving.image`"
        )
    accelerator = settings.resources.accelerator if settings.resources is not None else None
    return f"tensorflow/serving:{tag}{'-gpu' if accelerator is not None else ''}"


def deployment_of(
    plan: Plan,
    settings: Serving,
    pusher: PlanNode,
    versions: Versions,
    image: str,
    question: Optional[Question],
) -> Deployment:
    """Returns the deployment of one Pusher's model."""
    replicas = settings.replicas
    if replicas is not None and replicas.minimum > replicas.maximum:
        raise Failure(f"`serving.replicas`: {replicas.minimum} at least and {replicas.maximum} at most")
    batching = settings.batching
    if batching is not None and batching.allowed_batch_sizes:
        sizes = batching.allowed_batch_sizes
        if sizes != sorted(set(sizes)) or sizes[0] < 1 or sizes[-1] != batching.max_batch_size:
            raise Failure("`serving.batching.allowed_batch_sizes` must ascend, and end with max_batch_size")
    name = settings.model_name or plan.name
    return Deployment(
        plan.name, pusher.id, name, image, source_of(plan, pusher), versions, settings, question
    )


def require_fit(deployment: Deployment, target: Target) -> None:
    """Raises Failure for what a target cannot serve."""
    if target is Target.COMPOSE:
        return
    if not _CLUSTER_NAME.match(deployment.model_name):
        raise Failure(
            f"`{deployment.model_name}` is no name for a service in a cluster (small letters, digits and "
            "hyphens, a letter first, at most 50): name the model as `serving.model_name`"
        )
    if deployment.source.store is Store.FOLDER and deployment.settings.volume_claim is None:
        raise Failure(
            f"`{deployment.pusher}` pushes to the folder `{deployment.source.location}`, which a cluster "
            "does not have: push to gs:// or s3://, or name the claim that holds it as `serving.volume_claim`"
        )


def _is_pusher(node: PlanNode) -> bool:
    return _DESTINATION in node.arguments and _PUSHED in node.outputs.values()
