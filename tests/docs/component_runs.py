"""Where each component really runs, as far as the tests' own texts tell: on which backend, with which TFX.

A backend runs a component if a test marked `tfx` runs a spec with it there: one of specs/ or of the tests, by
name, or one that stands in the test. The older TFX runs all tests; the newer those that .ci/debian13 runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import yaml

from tfxc.schemas.components import component_model, component_types
from tfxc.schemas.tfx_lines import TFX_LINES

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests"
OWN = "tfxc's own"
ITS_IR, ITS_CONSTRUCTOR = "its IR: ", "its constructor: "
_SPECS = (ROOT / "specs", TESTS / "backends" / "specs", TESTS / "kubeflow" / "specs")
_CALLS = {
    "Airflow": re.compile(r"(?:run_in_airflow|\bbundle)\(\s*\"(\w+)\""),
    "Kubeflow": re.compile(r"(?:simulate|simulated|simulate_again|compiled)\(\s*\"(\w+)\""),
}
"""backend → how tests run a spec by its name there"""
_FOLDERS = {"Airflow": TESTS / "airflow" / "real", "Kubeflow": TESTS / "kubeflow"}
"""backend → where tests run specs there that stand in the tests"""
_INLINE = re.compile(r"^\s*(?:\w+: \{)?type: (\w+)", re.MULTILINE)


def checked(type_name: str) -> str:
    """Returns which TFX the keys of a component are compared with."""
    model = component_model(type_name)
    is_own = model.class_path.startswith("tfxc") or model.kind in ("container", "pipeline")
    return OWN if is_own else ", ".join(TFX_LINES)


def backends(type_name: str, tried: str) -> str:
    """Returns the backends that a component runs on; ``tried`` is what a row says it is tried in."""
    if tried.startswith((ITS_IR, ITS_CONSTRUCTOR)):
        return ""
    found = [backend for backend in _CALLS if type_name in _types_on(backend)]
    return ", ".join(["local", *found])


def newest_backends(type_name: str, tried: str) -> str:
    """Returns the backends that a component runs on with the newest TFX."""
    if not backends(type_name, tried):
        return ""
    found = ["local"] if TFX_LINES[-1] in lines(type_name, tried) else []
    return ", ".join([*found, *(each for each in _CALLS if type_name in _types_of_newest(each))])


def lines(type_name: str, tried: str) -> str:
    """Returns the lines of TFX that a component's test runs with."""
    oldest, *newer = TFX_LINES
    (target,) = re.findall(r"\]\(\.\./([^)]+)\)", tried)
    script = (ROOT / ".ci" / "debian13").read_text(encoding="utf-8")
    folders = re.findall(r"(?<=\s)tests/\w+(?=\s)", script)
    specs = re.findall(r"specs/\w+", script)
    (left_out,) = re.findall(r"for name in (.+); do\n *left_out", script)
    is_newer = target.startswith(tuple(f"{each}/" for each in (*folders, *specs))) or any(
        type_name in _types_of(ROOT / spec / "pipeline.yaml") for spec in specs
    )
    if target in {f"tests/launcher/test_{name}.py" for name in left_out.split()}:
        is_newer = type_name in _types_of(ROOT / "specs" / "penguin" / "pipeline.yaml")
    return ", ".join([oldest, *(newer if is_newer else ())])


@cache
def _types_on(backend: str) -> frozenset[str]:
    found: set[str] = set()
    for test in _tfx_tests():
        text = test.read_text(encoding="utf-8")
        for name in _CALLS[backend].findall(text):
            for folder in _SPECS:
                if (folder / name / "pipeline.yaml").exists():
                    found |= _types_of(folder / name / "pipeline.yaml")
        if test.is_relative_to(_FOLDERS[backend]):
            found |= set(_INLINE.findall(text)) & set(component_types())
    return frozenset(found)


@cache
def _types_of_newest(backend: str) -> frozenset[str]:
    """Returns the types in the specs of the single tests that .ci/debian13 runs on a backend."""
    found: set[str] = set()
    script = (ROOT / ".ci" / "debian13").read_text(encoding="utf-8")
    for path, test in re.findall(r"(tests/\S+\.py)::(\w+)", script):
        if (ROOT / path).is_relative_to(_FOLDERS[backend]):
            body = (
                (ROOT / path).read_text(encoding="utf-8").partition(f"def {test}(")[2].partition("\ndef ")[0]
            )
            for name in _CALLS[backend].findall(body):
                found |= _types_of(ROOT / "specs" / name / "pipeline.yaml")
    return frozenset(found)


def _tfx_tests() -> Iterator[Path]:
    return (
        path
        for path in sorted(TESTS.rglob("test_*.py"))
        if "pytest.mark.tfx" in path.read_text(encoding="utf-8")
    )


@cache
def _types_of(spec: Path) -> frozenset[str]:
    """Returns the types of the components of a spec, of those that it includes too."""
    document = yaml.safe_load(spec.read_text(encoding="utf-8"))
    found: set[str] = set()
    for component in (document.get("components") or {}).values():
        type_name = component.get("type") if isinstance(component, dict) else None
        if type_name in component_types():
            found.add(type_name)
        if type_name == "Pipeline":
            inner = spec.parent / str(component.get("spec"))
            found |= _types_of(inner / "pipeline.yaml" if inner.is_dir() else inner)
    if isinstance(document.get("extends"), str):
        found |= _types_of(spec.parent / document["extends"])
    return frozenset(found)
