"""Modules that are run when they are first used, and look the same in the meantime."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tfxc.backends.launcher.speed.deferred import _Finder, deferred

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


PACKAGE = {
    "__init__.py": "from put_off_package.part import value\nfrom put_off_package import other\nrun = 'own'\n",
    "part.py": "with open({mark!r}, 'a') as file:\n    file.write('part ')\n\nvalue = 1\n",
    "other.py": "with open({mark!r}, 'a') as file:\n    file.write('other ')\n\nvalue = 2\n",
    "alone.py": "from json import *\n",
}


@pytest.fixture
def package(mark: Path) -> Iterator[ModuleType]:
    """Returns a package that was deferred; its modules leave words in the file `mark`."""
    folder = mark.with_name("put_off_package")
    folder.mkdir()
    for name, source in PACKAGE.items():
        (folder / name).write_text(source.replace("{mark!r}", repr(str(mark))))
    with deferred("put_off_package", meanwhile={"put_off_package.run": "not yet"}):
        yield importlib.import_module("put_off_package")
    for name in [each for each in sys.modules if each.partition(".")[0] == "put_off_package"]:
        del sys.modules[name]


def end_context() -> None:
    """Does what leaving the context of the fixture does."""
    next(each for each in sys.meta_path if isinstance(each, _Finder)).over = True


def test_a_package_is_not_run_for_what_is_imported_in_it_meanwhile(package: ModuleType, mark: Path) -> None:
    other = importlib.import_module("put_off_package.other")
    assert mark.read_text() == "other "
    assert package.other is other
    assert package.value == 1
    assert mark.read_text() == "other part "
    assert importlib.import_module("put_off_package.other") is other


@pytest.mark.parametrize("name", ["other", "part", "alone"])
def test_what_lies_in_a_package_comes_after_the_package_and_once(
    package: ModuleType, mark: Path, name: str
) -> None:
    end_context()
    module = importlib.import_module(f"put_off_package.{name}")
    assert mark.read_text() == "part other "
    assert sys.modules[f"put_off_package.{name}"] is module is getattr(package, name)
    assert module.__spec__ is not None
    assert module.__spec__.origin == module.__file__
    assert type(package) is ModuleType


def test_what_is_known_of_a_package_does_not_run_it(package: ModuleType, mark: Path) -> None:
    assert package.run == "not yet"
    end_context()
    assert package.run == "not yet"
    assert mark.read_text() == ""
    assert package.value == 1
    assert package.run == "own"


def test_all_that_a_package_has_is_imported(package: ModuleType, mark: Path) -> None:
    end_context()
    names: dict[str, Any] = {}
    exec("from put_off_package import *", names)
    assert names["value"] == 1
    assert mark.read_text() == "part other "


def test_a_module_that_takes_all_of_another_is_run_for_any_name(mark: Path) -> None:
    (mark.with_name("put_off.py")).write_text("from json import *\n")
    module = imported("put_off")
    assert module.dumps({}) == "{}"
    with pytest.raises(AttributeError):
        _ = module.nothing


IMPORT = """
import sys
from tfxc.backends.launcher.processes import warm
warm.import_tfx()
FAMILIES = ("kubernetes", "nltk", "sacrebleu", "sklearn", "prompt_toolkit", "ipywidgets", "scipy.optimize")
print(*[each for each in FAMILIES if each in sys.modules])
"""
USE = """
import apache_beam
with apache_beam.Pipeline() as pipeline:
    _ = pipeline | apache_beam.Create([1])
print("prompt_toolkit" in sys.modules)

from tfx.components.infra_validator import executor
print(executor.kubernetes_runner.KubernetesRunner.__mro__[1].__name__)
print(executor.local_docker_runner.LocalDockerRunner.__mro__[1].__name__)

from tensorflow_model_analysis.metrics import metric_specs, metric_types
from tensorflow_model_analysis.proto import config_pb2
registered = metric_types.registered_metrics()
print("ExactMatch" in registered, "nltk" in sys.modules, "Rouge" in registered, registered["Rouge"].__name__)
print(metric_types.is_registered_metric("Bleu"), metric_types.is_registered_metric("Blue"))
config = config_pb2.EvalConfig()
config.metrics_specs.add().metrics.add(class_name="Bleu", config='"name": "mine"')
computations = metric_specs.to_computations(config.metrics_specs, config)
print([key.name for each in computations for key in each.keys])

import IPython, docker, keras, keras_tuner
from google.cloud import bigquery, pubsub, storage
from keras_tuner.src.engine import tuner
from scipy import stats
import tensorflow_model_analysis as tfma
assert callable(bigquery.Client) and callable(pubsub.PublisherClient) and callable(storage.Client)
assert callable(stats.norm.ppf) and callable(IPython.embed) and callable(docker.from_env)
assert callable(keras.wrappers.SKLearnClassifier) and callable(tfma.view.render_plot)
print(keras_tuner.Tuner is tuner.Tuner, issubclass(keras_tuner.RandomSearch, tuner.Tuner))
print(IPython.get_ipython())
"""


@pytest.mark.tfx
def test_what_hardly_any_node_uses_is_imported_where_it_is_used() -> None:
    done = subprocess.run([sys.executable, "-c", IMPORT + USE], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-9:] == [
        "",
        "False",
        "BaseModelServerRunner",
        "BaseModelServerRunner",
        "True False True Rouge",
        "True False",
        "['mine']",
        "True True",
        "None",
    ]
