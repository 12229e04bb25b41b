"""The server as a process: what is left when someone dies, what its parent may have done, errors."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tfxc.backends.launcher.protocol.client import LauncherUnavailable
from tfxc.backends.launcher.protocol.messages import NodeRequest

pytestmark = pytest.mark.tfx

DATASET = {"made": "Dataset"}


def wait_until(condition: Callable[[], Any], seconds: float) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)
    return found


def content(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def is_gone(process: int) -> bool:
    """Whether a process has ended, even if nobody has reaped it yet."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return state == "Z"


def sleeper(plans: Any, folder: Path, function: str = "Sleep") -> Any:
    arguments = {"mark": plans.value(str(folder / "mark"))}
    if function == "Sleep":
        arguments["seconds"] = plans.value(600.0)
    return plans.plan_of(folder, plans.step("sleep", function, arguments=arguments, outputs=DATASET))


CLIENT = """
import sys, time
from pathlib import Path
from tfxc.backends.launcher.protocol.client import LauncherClient
from tfxc.backends.launcher.protocol.messages import NodeRequest, OpenRequest, RunContext

folder = Path(sys.argv[1])
launcher = LauncherClient(log=folder / "launcher.log")
launcher.start()
(folder / "server").write_text(str(launcher.pid))
context = RunContext(
    plan=str(folder / "plan.json"), base_folder=str(folder), modules_folder=str(folder / "modules"),
    run_id="r", run_date="2026-01-31",
)
launcher.request(OpenRequest(id=1, context=context))
opened = False
while True:
    for reply in launcher.poll():
        if reply.id == 1:
            launcher.request(NodeRequest(id=2, run_id="r", node="sleep", log=str(folder / "sleep.log")))
"""


@pytest.mark.parametrize("function", ["Sleep", "Stubborn"])
def test_nothing_is_left_when_the_client_is_killed(plans: Any, project: Path, function: str) -> None:
    (project / "plan.json").write_text(sleeper(plans, project, function).to_json())
    client = subprocess.Popen([sys.executable, "-c", CLIENT, str(project)])
    node = int(wait_until(lambda: content(project / "mark"), 120))
    server = int((project / "server").read_text())
    client.kill()
    client.wait()
    wait_until(lambda: is_gone(server) and is_gone(node), 20)


def test_nothing_is_left_when_the_client_is_killed_during_the_import(plans: Any, project: Path) -> None:
    (project / "plan.json").write_text(sleeper(plans, project).to_json())
    client = subprocess.Popen([sys.executable, "-c", CLIENT, str(project)])
    server = int(wait_until(lambda: content(project / "server"), 60))
    client.kill()
    client.wait()
    wait_until(lambda: is_gone(server), 20)


def test_nodes_die_with_a_killed_server_and_the_client_is_told(
    own_launcher: Any, plans: Any, project: Path
) -> None:
    run = own_launcher.open(sleeper(plans, project), project)
    identifier = run.start("sleep")
    node = int(wait_until(lambda: content(project / "mark"), 60))
    os.kill(own_launcher.client.pid, signal.SIGKILL)
    with pytest.raises(
        LauncherUnavailable, match=r"^the launcher was killed by signal 9; its log: .*launcher\.log$"
    ):
        own_launcher.finished(identifier)
    wait_until(lambda: is_gone(node), 5)


def test_a_bad_request_and_an_unopened_run_are_answered(launcher: Any, tmp_path: Path) -> None:
    identifier = launcher.client.new_id()
    launcher.client.request(NodeRequest(id=identifier, run_id="none", node="n", log=str(tmp_path / "log")))
    assert launcher.reply(identifier).error.message == "no run `none` is open."


def test_cancelling_what_is_over_is_harmless(launcher: Any) -> None:
    launcher.cancel(10**9)


def test_the_server_stays_clean(launcher: Any, plans: Any, project: Path) -> None:
    """It never loads a module of the user's, opens no store, and starts no thread."""
    run = launcher.open(plans.plan_of(project, plans.step("make", "Make", outputs=DATASET)), project)
    assert run.node("make").state == "succeeded"
    process = Path(f"/proc/{launcher.client.pid}")
    threads = len(list((process / "task").iterdir()))
    opened = [str(link.readlink()) for link in (process / "fd").iterdir()]
    assert not any(str(project) in target for target in opened), opened
    assert str(project) not in (process / "maps").read_text()
    for _ in range(3):
        run.node("make")
    assert len(list((process / "task").iterdir())) == threads
    assert len(list((process / "fd").iterdir())) == len(opened)


def test_a_module_that_cannot_be_imported_is_told_with_file_and_line(
    launcher: Any, plans: Any, project: Path
) -> None:
    (project / "steps.py").write_text("import no_such_package\n")
    plan = plans.plan_of(project, plans.step("make", "Make", outputs=DATASET))
    error = launcher.try_open(plan, project)
    assert error.message == (
        "`make` cannot be built: there is no module `no_such_package` in this environment (steps.py, line 1)."
    )
    (project / "steps.py").write_text("def f(:\n")
    assert "steps.py, line 1: " in launcher.try_open(plan, project).message
    (project / "steps.py").write_text("Other = 1\n")
    assert launcher.try_open(plan, project).message == (
        "`make` cannot be built: the module `steps` defines no `Make`."
    )
    (project / "steps.py").write_text("Make = 1\n")
    assert "`steps.Make` is no TFX component" in launcher.try_open(plan, project).message


def test_a_module_with_a_taken_name_is_refused(launcher: Any, plans: Any, tmp_path: Path) -> None:
    plans.write(tmp_path, {"json.py": "x = 1\n"})
    plan = plans.plan_of(tmp_path, plans.step("make", "Make", module="json", outputs=DATASET))
    assert "the module name `json` is taken by " in launcher.try_open(plan, tmp_path).message
