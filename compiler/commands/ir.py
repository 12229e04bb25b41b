"""``tfxc ir``"""

from __future__ import annotations

import os
import shutil
import tempfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from tfxc.compiler.commands.checked_specs import checked_plan
from tfxc.compiler.commands.options import EnvironmentOption, IgnoreOption, SpecArgument
from tfxc.compiler.output import write
from tfxc.schemas.failures import Failure

if TYPE_CHECKING:
    from tfxc.backends.launcher.protocol.client import LauncherClient
    from tfxc.backends.launcher.protocol.messages import Request, RunContext
    from tfxc.schemas.plan import Plan

EXAMPLES = """
tfxc ir pipeline.yaml > pipeline.json
tfxc ir pipeline.yaml -P train_steps=500 | jq '.nodes[].pipeline_node.node_info.id'
"""

RUN_ID = "ir"
"""The run id in the IR: there is no run."""


def ir(
    spec: SpecArgument,
    env: EnvironmentOption = None,
    ignore: IgnoreOption = None,
    parameter: Annotated[
        Optional[list[str]],
        typer.Option("--parameter", "-P", metavar="NAME=VALUE", help="The value of a run-time parameter."),
    ] = None,
) -> None:
    """Print TFX's own IR of a spec as JSON.

    It is compiled by TFX, which takes some seconds to start if no run has left it imported; nothing is run.
    """
    checked = checked_plan(spec, env, ignore=ignore)
    assert checked.plan is not None  # noqa: S101 - checked_plan says so
    from tfxc.backends.launcher.protocol.client import LauncherClient, LauncherUnavailable
    from tfxc.backends.launcher.protocol.values import resolve_parameters
    from tfxc.backends.local.planning.parameters import given_parameters
    from tfxc.backends.local.running.warmth import seconds_to_stay

    values = given_parameters(checked.plan, parameter or ())
    resolve_parameters(checked.plan, values)  # refuses what the launcher would, before it has started
    workplace = Path(tempfile.mkdtemp(prefix="tfxc-ir-"))
    log_is_named = False
    try:
        context = _context(checked.plan, checked.loaded.folder, values, workplace)
        stays = seconds_to_stay(os.environ, wanted=True)
        with LauncherClient(log=workplace / "launcher.log", keep_warm=stays) as client:
            text = _ir(client, context)
    except LauncherUnavailable as error:
        log_is_named = True
        raise Failure(str(error)) from None
    finally:
        if not log_is_named:
            shutil.rmtree(workplace, ignore_errors=True)
    write(text)


def _context(plan: Plan, folder: Path, parameters: dict[str, Any], workplace: Path) -> RunContext:
    """Returns a run that touches neither the spec's folder nor its metadata: all it makes is in the
    workplace. The metadata is not part of the IR."""
    from tfxc.backends.launcher.protocol.messages import RunContext
    from tfxc.compiler.bundle import read_modules
    from tfxc.schemas.plan import SqliteMetadata
    from tfxc.schemas.plan_values import path as file_path

    for path, content in read_modules(plan, folder).items():
        (workplace / path).parent.mkdir(parents=True, exist_ok=True)
        (workplace / path).write_bytes(content)
    metadata = SqliteMetadata(path=file_path("metadata.sqlite"))
    return RunContext(
        plan=plan.model_copy(update={"metadata": metadata}).to_json(),
        base_folder=str(workplace),
        modules_folder=str(workplace / "modules"),
        run_id=RUN_ID,
        run_date=date.today().isoformat(),
        parameters=parameters,
    )


def _ir(client: LauncherClient, context: RunContext) -> str:
    import json

    from tfxc.backends.launcher.protocol.messages import IrRequest, OpenRequest

    _answer(client, OpenRequest(id=client.new_id(), context=context))
    data = _answer(client, IrRequest(id=client.new_id(), run_id=context.run_id))
    return json.dumps(data, indent=2, ensure_ascii=False, sort_keys=True) + "\n"  # maps have no order


def _answer(client: LauncherClient, request: Request) -> Any:
    """Sends a request and returns the data of its answer."""
    from tfxc.backends.launcher.protocol.messages import DoneReply, ErrorReply

    client.request(request)
    while True:
        for reply in client.poll():
            if reply.id == request.id and isinstance(reply, ErrorReply):
                raise Failure(reply.error.message)
            if reply.id == request.id and isinstance(reply, DoneReply):
                return reply.data
