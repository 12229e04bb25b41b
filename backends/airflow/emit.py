"""A Plan becomes an Airflow bundle: the DAG file, what it reads, plan.json and the user's modules."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from tfxc.backends import Bundle
from tfxc.backends.airflow.container_tasks import are_native
from tfxc.backends.airflow.documents import documents
from tfxc.backends.airflow.failures import on_failure
from tfxc.backends.airflow.literals import Call, Code, Literal, call_lines, literal
from tfxc.backends.airflow.operators import operator_context, providers
from tfxc.backends.airflow.settings import AirflowSettings
from tfxc.backends.airflow.tasks import dag_arguments, dag_id, group_calls, is_watched, node_calls
from tfxc.backends.airflow.timing import timetable
from tfxc.backends.container.text_template import text_template
from tfxc.backends.launcher.protocol.messages import CONTAINER_FAILURE, FINAL_STATE
from tfxc.schemas.plan import Plan
from tfxc.schemas.plan_values import known_text

WATCHER_ID = "failure-watcher"
"""No node's id: those have no hyphen."""

_PLAIN_FOLDER = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*/?", re.ASCII)


def bundle(plan: Plan, settings: AirflowSettings, modules: Mapping[PurePosixPath, bytes]) -> Bundle:
    """Returns the bundle's files: the same Plan and modules, the same bytes."""
    files = {
        PurePosixPath(f"{dag_id(plan, settings)}.py"): dag_file(plan, settings),
        PurePosixPath("docs.json"): documents(plan),
        PurePosixPath("plan.json"): plan.to_json(),
        PurePosixPath(".airflowignore"): _ignored_folders(plan),
    }
    if settings.pools:
        pools = {name: pool.model_dump() for name, pool in sorted(settings.pools.items())}
        files[PurePosixPath("pools.json")] = json.dumps(pools, indent=2) + "\n"
    contents = {path: text.encode() for path, text in files.items()}
    return Bundle({**modules, **contents, **_image(plan, settings, modules)})


def _image(
    plan: Plan, settings: AirflowSettings, modules: Mapping[PurePosixPath, bytes]
) -> dict[PurePosixPath, bytes]:
    """Returns what the image of the container operators is built from, as on Kubeflow."""
    container = {"docker": settings.docker, "kubernetes": settings.kubernetes}.get(settings.operator)
    if container is None:
        return {}
    from tfxc.backends.container.base_image import base_image
    from tfxc.backends.container.image import ImageRecipe, has_modules, image_files

    recipe = ImageRecipe(base_image(plan, container.base_image), container.python)
    return image_files(plan, recipe, has_modules(modules))


def _ignored_folders(plan: Plan) -> str:
    """Returns .airflowignore: no DAGs are in the user's modules, nor among the artifacts.

    Each folder stands there twice. Airflow 2 reads regular expressions, of which the one with ``^`` and
    ``$`` keeps it from walking through the folder at all; Airflow 3 reads the other as a glob.
    """
    folders = ["modules"]
    root = known_text(plan.pipeline_root)
    if root is not None and _PLAIN_FOLDER.fullmatch(root):
        folders.append(root.rstrip("/"))
    return "".join(f"{folder}/\n^{folder}$\n" for folder in folders)


def dag_file(plan: Plan, settings: AirflowSettings) -> str:
    """Returns the DAG's Python file."""
    # It renders Python, and the spec's strings only through `literal`.
    template = text_template("tfxc.backends.airflow", "dag.py.jinja2", folder=".")
    return template.render(_context(plan, settings))


def _context(plan: Plan, settings: AirflowSettings) -> dict[str, Any]:
    """Returns what the template needs: flags, and Python source."""
    arguments = dag_arguments(plan, settings)
    calls = node_calls(plan, settings)
    callbacks = on_failure(settings.on_failure) if settings.on_failure is not None else []
    names = _names([*arguments.values(), *calls, *callbacks])
    named_zone = settings.timezone != "UTC"
    return {
        "datetime_names": [
            "datetime",
            *(["timedelta"] if "timedelta" in names else []),
            *([] if named_zone else ["timezone"]),
        ],
        "zone": literal(Call("ZoneInfo", (settings.timezone,))) if named_zone else "",
        "sdk_names": _sdk_names(plan, names),
        "names": names,
        "timetable": timetable(settings),
        "providers": providers(settings),
        "on_failure": literal(callbacks, before=len("ON_FAILURE = ")) if callbacks else "",
        "dag_call": call_lines(Call("DAG", (), tuple(arguments.items()))),
        "group_calls": [_assigned(f"GROUPS[{literal(group)}] = ", call) for group, call in group_calls(plan)],
        "node_calls": [literal(call, indent=1) for call in calls],
        "watched": is_watched(plan),
        "runs_on_exit": plan.on_exit is not None,
        "final_state": FINAL_STATE,
        "container_failure": CONTAINER_FAILURE,
        "watcher_id": WATCHER_ID,
        "has_containers": are_native(plan, settings),
        **operator_context(settings),
    }


def _assigned(target: str, call: Call) -> str:
    return target + literal(call, indent=1, before=len(target))


def _sdk_names(plan: Plan, names: set[str]) -> list[str]:
    """Returns what the file takes from Airflow's SDK."""
    groups = ["TaskGroup"] if plan.groups else []
    return ["DAG", *sorted(names & {"Asset", "AssetAlias", "AssetAny", "Param"}), *groups]


def _names(value: Literal) -> set[str]:
    """Returns the functions and constants of ours that a value uses."""
    if isinstance(value, Code):
        return {value.source}
    if isinstance(value, Call):
        inner = _names([*value.arguments, *(each for _, each in value.keywords)])
        return inner | {value.function}
    if isinstance(value, Mapping):
        return _names(list(value.values()))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return {name for each in value for name in _names(each)}
    return set()
