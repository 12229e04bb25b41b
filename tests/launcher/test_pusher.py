"""A pushed version is whole or is not there, whatever ends the Pusher; and no other version is touched."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.tfx

MODEL = {"model": "Model"}
PARTS = {"saved_model.pb", "variables/variables.index", "assets/words.txt"}
STEPS = """
    from pathlib import Path

    from tfx.dsl.component.experimental.annotations import OutputArtifact
    from tfx.dsl.component.experimental.decorators import component
    from tfx.types.standard_artifacts import Model


    @component
    def Export(model: OutputArtifact[Model]):
        for name in ("saved_model.pb", "variables/variables.index", "assets/words.txt"):
            path = Path(model.uri) / "Format-Serving" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(name)
"""


def pushing(plans: Any, project: Path) -> Any:
    """Returns the Plan of a model and a Pusher that copies it to ``serving``."""
    plans.write(project, {"models.py": STEPS})
    destination = {"filesystem": {"base_directory": {"$path": "serving"}}}
    return plans.plan_of(
        project,
        plans.step("export", "Export", module="models", outputs=MODEL),
        plans.standard(
            "push",
            "pusher",
            "Pusher",
            inputs={"model": plans.channel("export.model", "Model")},
            arguments={
                "push_destination": plans.message("tfx.components.pusher.PushDestination", destination)
            },
            outputs={"pushed_model": "PushedModel"},
            upstream=("export",),
            execution=plans.execution(check_model=False),
        ),
    )


def parts(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def everything(serving: Path) -> list[str]:
    """Returns what lies in the folder that is served from, hidden or not."""
    return sorted(path.name for path in serving.iterdir())


def slow_file(model: Path) -> Path:
    """Puts into a model a file that takes for ever to copy."""
    slow = model / "variables" / "variables.data"
    os.mkfifo(slow)
    return slow


def let_it_read_once(slow: Path, pid: int) -> None:
    """Lets a process that waits for the file have it, empty; whoever opens it next waits again.

    The process stands still meanwhile: it may not come to its next copy before the pipe is closed.
    """
    while True:
        os.kill(pid, signal.SIGSTOP)
        try:
            os.close(os.open(slow, os.O_WRONLY | os.O_NONBLOCK))
        except OSError:  # nobody waits for it yet
            time.sleep(0.02)
        else:
            return
        finally:
            os.kill(pid, signal.SIGCONT)
            time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_pusher_that_is_ended_while_it_copies_leaves_nothing(
    launcher: Any, plans: Any, project: Path, number: int
) -> None:
    run = launcher.open(pushing(plans, project), project)
    model = Path(run.node("export").artifacts[0].uri) / "Format-Serving"
    serving = project / "serving"
    (serving / "17").mkdir(parents=True)
    (serving / "17" / "saved_model.pb").write_text("older")
    slow = slow_file(model)
    identifier = run.start("push")
    pid = launcher.started(identifier).pid
    let_it_read_once(slow, pid)  # the copy for the archive
    while not any(parts(each) for each in serving.iterdir() if each.name != "17"):
        os.kill(pid, 0)  # it is still there
        time.sleep(0.05)
    assert [name for name in everything(serving) if name.isdigit()] == ["17"]
    os.kill(pid, number)
    assert launcher.finished(identifier).state in ("failed", "cancelled")
    assert everything(serving) == ["17"]
    assert parts(serving / "17") == {"saved_model.pb"}

    slow.unlink()
    again = run.node("push")
    assert again.state == "succeeded"
    (version,) = set(everything(serving)) - {"17"}
    assert parts(serving / version) == PARTS
    properties = again.artifacts[0].properties
    assert (properties["pushed"], properties["pushed_version"]) == (1, version)
    assert properties["pushed_destination"] == f"serving/{version}"
    assert parts(Path(again.artifacts[0].uri)) == PARTS


def test_a_pushed_version_that_was_deleted_is_said_to_be_gone(
    launcher: Any, plans: Any, project: Path
) -> None:
    """It is not pushed again: it may have been deleted so that a server goes back to an older one."""
    plan = pushing(plans, project)
    run = launcher.open(plan, project)
    run.all()
    (push,) = run.summary().pushes
    assert (push.pushed, push.reason) == (True, "")
    shutil.rmtree(project / push.destination)
    again = launcher.open(plan, project)
    assert [result.state for result in again.all().values()] == ["cached", "cached"]
    (push,) = again.summary().pushes
    assert push.reason == "it is no longer there; `--only push --no-cache` pushes it again"
    assert everything(project / "serving") == []


def put(model: Path, base: str, *clock: int, before: str = "", kill: bool = False) -> str:
    """Calls `versions.put` once for each time of the clock in an interpreter of its own."""
    program = f"""
        import os, signal
        from tfxc.backends.launcher.node import versions
        from tfx.dsl.io import fileio
        {before}
        for at in {list(clock)}:
            print(versions.put({str(model)!r}, {base!r}, "token", lambda: at), flush=True)
    """
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(program)],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert done.returncode == (-signal.SIGKILL if kill else 0)
    return done.stdout


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    for name in PARTS:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


def test_no_version_is_written_twice(tmp_path: Path, model: Path) -> None:
    serving = tmp_path / "serving"
    (serving / "101").mkdir(parents=True)
    (serving / "101" / "saved_model.pb").write_text("another's")
    (serving / "102").write_text("a file")
    assert put(model, str(serving), 100, 100, 100, 101).split() == ["100", "103", "104", "105"]
    assert (serving / "101" / "saved_model.pb").read_text() == "another's"
    assert everything(serving) == ["100", "101", "102", "103", "104", "105"]
    assert all(parts(serving / name) == PARTS for name in ("100", "103", "104", "105"))


def test_pushes_side_by_side_get_versions_of_their_own(tmp_path: Path, model: Path) -> None:
    serving = tmp_path / "serving"
    program = (
        "import sys; from tfxc.backends.launcher.node import versions\n"
        "for number in range(20):\n"
        "    versions.put(sys.argv[1], sys.argv[2], sys.argv[3] + str(number), lambda: 5)"
    )
    started = [
        subprocess.Popen([sys.executable, "-W", "ignore", "-c", program, str(model), str(serving), token])
        for token in ("a", "b")
    ]
    assert [each.wait(300) for each in started] == [0, 0]
    assert everything(serving) == sorted(str(number) for number in range(5, 45))
    assert all(parts(version) == PARTS for version in serving.iterdir())


def test_a_file_that_goes_while_it_is_copied_is_told_as_that(tmp_path: Path, model: Path) -> None:
    serving = tmp_path / "serving"
    vanishing = f"""
        def gone(*arguments):
            raise FileNotFoundError("it was there a moment ago")
        versions.io_utils.copy_dir = gone
        try:
            versions.put({str(model)!r}, {str(serving)!r}, "token", lambda: 1)
        except FileNotFoundError as error:
            print(error)"""
    assert put(model, str(serving), before=vanishing) == "it was there a moment ago\n"
    assert everything(serving) == []


KILLED_HALFWAY = """copy, seen = fileio.copy, []
        def slow(source, target, overwrite=False):
            copy(source, target, overwrite)
            seen.append(target)
            if len(seen) == 2:
                os.kill(os.getpid(), signal.SIGKILL)
        fileio.copy = slow"""


def test_the_next_push_removes_what_a_killed_one_left(tmp_path: Path, model: Path) -> None:
    serving = tmp_path / "serving"
    put(model, str(serving), 100, before=KILLED_HALFWAY, kill=True)
    (left,) = everything(serving)
    assert not left.isdigit()
    assert len(parts(serving / left)) == 2
    (serving / ".tfxc-push-token-another-machine").mkdir()
    assert put(model, str(serving), 100) == "100\n"
    assert everything(serving) == [".tfxc-push-token-another-machine", "100"]


WITHOUT_RENAME = """import errno
        from pathlib import Path
        def rename(self, target):
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        Path.rename = rename
        copy = fileio.copy
        fileio.copy = lambda source, target, overwrite=False: (copy(source, target, overwrite), seen(target))
        def seen(target):"""


def test_a_mounted_store_without_rename_is_copied_to_in_place(tmp_path: Path, model: Path) -> None:
    serving = tmp_path / "serving"
    order = put(model, str(serving), 100, before=WITHOUT_RENAME + "\n            print(target)").split()
    assert order[-2:] == [str(serving / "100" / "saved_model.pb"), "100"]
    assert everything(serving) == ["100"]
    assert parts(serving / "100") == PARTS


def test_a_killed_push_to_one_is_removed_when_it_is_settled(tmp_path: Path, model: Path) -> None:
    serving = tmp_path / "serving"
    die = """
            if "/101/" in target:
                os.kill(os.getpid(), signal.SIGKILL)"""
    put(model, str(serving), 100, 101, before=WITHOUT_RENAME + die, kill=True)
    assert "101" in everything(serving)
    put(
        model,
        str(serving),
        before=f'''versions.remove_unfinished(
            \'{{"filesystem": {{"base_directory": "{serving}"}}}}\', "token")''',
    )
    assert everything(serving) == ["100"]


OBJECT_STORE = """
        import json
        from tfx.utils import io_utils
        {before}
        base = "ram://models/serving"
        def found():
            return sorted(f"{{folder}}/{{name}}".replace(base + "/", "")
                          for folder, _, names in fileio.walk(base) for name in names)
        try:
            print(versions.put({model!r}, base, "token", lambda: 100))
        except RuntimeError as error:
            print(error)
        print(json.dumps(found()))
        versions.remove_unfinished(json.dumps({{"filesystem": {{"base_directory": base}}}}), "token")
        print(json.dumps(found()))
"""


def in_object_store(model: Path, before: str = "") -> list[str]:
    """Pushes to a file system that can do what object stores can; returns what that prints."""
    program = "from tfxc.backends.launcher.node import versions\nfrom tfx.dsl.io import fileio\n"
    program += textwrap.dedent(OBJECT_STORE.format(model=str(model), before=before))
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout.splitlines()


def test_an_object_store_gets_the_file_that_servers_wait_for_last(model: Path) -> None:
    order = (
        "copy = fileio.copy; fileio.copy = lambda *words, **named: (print(words[1]), copy(*words, **named))"
    )
    lines = in_object_store(model, order)
    assert lines[2] == "ram://models/serving/100/saved_model.pb"
    assert lines[3] == "100"
    whole = '["100/assets/words.txt", "100/saved_model.pb", "100/variables/variables.index"]'
    assert lines[4:] == [whole, whole]


@pytest.mark.parametrize("gone", ["", "versions._remove = lambda path: None"])
def test_an_object_store_keeps_no_half_of_a_model(model: Path, gone: str) -> None:
    """Neither after an error, nor, once the attempt is settled, after a kill that left no time for it."""
    failing = f"""
        copy, remove = fileio.copy, versions._remove
        def fail(source, target, overwrite=False):
            if target.endswith("saved_model.pb"):
                {gone or "pass"}
                raise RuntimeError("no more space")
            copy(source, target, overwrite)
        fileio.copy = fail
    """
    settle = "found_now = versions.remove_unfinished\n        " + (
        "versions.remove_unfinished = lambda *words: "
        "(setattr(versions, '_remove', remove), found_now(*words))"
    )
    lines = in_object_store(model, failing + "    " + settle)
    assert lines[0] == "no more space"
    assert (lines[1] == "[]") == (not gone)
    assert lines[2] == "[]"
