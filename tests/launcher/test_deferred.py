"""Modules that are run when they are first used, and look the same in the meantime."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys
import threading
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tfxc.backends.launcher.speed.deferred import deferred

MODULE = """
import os.path as place
from json import dumps as written

with open({mark!r}, "a") as file:
    file.write("run ")

first, (second, *rest) = 1, (2, 3)


class Inner:
    value = 5


def function():
    return Inner.value + first
"""


@pytest.fixture
def mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Returns a file with a word for each time that the module `put_off` was run."""
    mark = tmp_path / "mark"
    mark.write_text("")
    (tmp_path / "put_off.py").write_text(MODULE.format(mark=str(mark)))
    (tmp_path / "broken.py").write_text("import no_such_module\n\nname = 1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("put_off", "broken"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return mark


def imported(name: str) -> ModuleType:
    with deferred(name):
        module = importlib.import_module(name)
    assert sys.modules.pop(name) is module
    return module


@pytest.mark.parametrize(
    ("name", "found"), [("first", 1), ("second", 2), ("rest", [3]), ("Inner", None), ("written", None)]
)
def test_a_module_is_run_once_when_a_name_of_it_is_used(mark: Path, name: str, found: Any) -> None:
    module = imported("put_off")
    assert mark.read_text() == ""
    assert found is None or getattr(module, name) == found
    assert hasattr(module, name)
    assert module.function() == 6
    assert mark.read_text() == "run "
    assert type(module) is ModuleType
    with pytest.raises(AttributeError, match="has no attribute 'other'"):
        _ = module.other


def test_looking_for_what_it_has_not_does_not_run_it(mark: Path) -> None:
    module = imported("put_off")
    assert not hasattr(module, "other")
    assert module.__file__ == str(mark.with_name("put_off.py"))
    assert inspect.getmodulename(module.__file__) == module.__name__ == "put_off"
    assert module.__spec__ is not None
    assert mark.read_text() == ""


def test_threads_run_it_once(mark: Path) -> None:
    module = imported("put_off")
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(module.function())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [6] * 8
    assert mark.read_text() == "run "


def test_what_it_cannot_import_is_told_where_it_is_used(mark: Path) -> None:
    module = imported("broken")
    for _ in range(2):
        with pytest.raises(ModuleNotFoundError, match="no_such_module"):
            _ = module.name


def test_a_module_that_is_not_there_is_missing(mark: Path) -> None:
    with pytest.raises(ModuleNotFoundError, match="nowhere_to_be_found"):
        imported("nowhere_to_be_found")


IMPORT = """
import sys
from tfxc.backends.launcher.processes import warm
warm.import_tfx()
print("kubernetes" in sys.modules)
from tfx.components.infra_validator import executor
print(executor.kubernetes_runner.KubernetesRunner.__mro__[1].__name__, "kubernetes" in sys.modules)
"""


@pytest.mark.tfx
def test_the_client_of_kubernetes_is_imported_where_it_is_used() -> None:
    done = subprocess.run([sys.executable, "-c", IMPORT], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-2:] == ["False", "BaseModelServerRunner True"]
