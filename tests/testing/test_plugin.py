"""The plug-in within pytest: which spec a test is about, and that it costs nothing where nobody asks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from tfxc.compiler.testing.plugin import _spec
from tfxc.compiler.testing.record import TestRecord
from tfxc.compiler.testing.runs import SpecRuns

SPEC = """\
version: 1
name: {name}

components: {{gen: {{type: CsvExampleGen, input_base: data}}}}
"""
TESTS = """\
import sys

import pytest


def test_nearest(tfxc_spec):
    assert tfxc_spec.plan.name == "beside"


@pytest.mark.tfxc("../other.yaml")
def test_marked(tfxc_spec):
    assert tfxc_spec.plan.name == "other"


@pytest.mark.tfxc(rows=5)
def test_run_has_the_run_of_the_command_unless_it_asks_for_another(tfxc_runs, tfxc_spec):
    assert tfxc_runs.run(tfxc_spec.path).record.spec == "visits/pipeline.yaml"
    assert tfxc_runs.spec(tfxc_spec.path) is tfxc_spec


def test_no_spec(tfxc_spec):
    raise SystemExit


def test_nothing_heavy_was_imported():
    assert not {"tensorflow", "tfx", "apache_beam", "ml_metadata"} & set(sys.modules)
"""


def run_pytest(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tfxc.testing", "-p", "no:cacheprovider"]
    return subprocess.run(
        [*command, *arguments],
        cwd=folder,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_test_is_about_the_spec_that_it_names_or_that_is_nearest(
    tmp_path: Path, record: Callable[..., TestRecord]
) -> None:
    folder = tmp_path / "project" / "tests"
    folder.mkdir(parents=True)
    (tmp_path / "project" / "pipeline.yaml").write_text(SPEC.format(name="beside"))
    (tmp_path / "project" / "other.yaml").write_text(SPEC.format(name="other"))
    (folder / "test_spec.py").write_text(TESTS)
    (tmp_path / "test.json").write_text(record().model_dump_json())
    tested = json.dumps({str((tmp_path / "project" / "pipeline.yaml").resolve()): str(tmp_path)})
    chosen = "nearest or marked or command or imported"
    done = run_pytest(folder, "--strict-markers", "-k", chosen, TFXC_TESTED=tested)
    assert "4 passed, 1 deselected" in done.stdout, done.stdout + done.stderr
    (tmp_path / "project" / "pipeline.yaml").rename(tmp_path / "project" / "far.yaml")
    done = run_pytest(folder, "-k", "no_spec or marked")
    assert "no pipeline.yaml lies beside this test or above it" in done.stdout
    assert "1 passed" in done.stdout


def test_the_setting_names_the_spec_of_a_project(tmp_path: Path) -> None:
    config = SimpleNamespace(getini=lambda name: "specs/visits.yaml", rootpath=tmp_path)
    request = SimpleNamespace(path=tmp_path / "tests" / "test_a.py", config=config)
    assert _spec(request, {}) == tmp_path / "specs" / "visits.yaml"  # type: ignore[arg-type]
    marked = {"spec": "../other.yaml"}
    assert _spec(request, marked) == tmp_path / "tests" / "../other.yaml"  # type: ignore[arg-type]


def test_a_session_without_the_fixtures_imports_hardly_anything_of_tfxc() -> None:
    code = (
        "import sys; import tfxc.testing; "
        "print(sorted(name for name in sys.modules if name.startswith('tfxc') or name == 'pydantic'))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    allowed = {
        "tfxc",
        "tfxc.testing",
        "tfxc.compiler",
        "tfxc.compiler.testing",
        "tfxc.compiler.testing.plugin",
    }
    assert set(json.loads(done.stdout.replace("'", '"'))) <= allowed


def test_classes_are_there_for_annotations() -> None:
    import tfxc.testing

    assert {each.__name__ for each in (tfxc.testing.Spec, tfxc.testing.SampleRun)} == {"Spec", "SampleRun"}
    with pytest.raises(AttributeError):
        _ = tfxc.testing.Nothing  # type: ignore[attr-defined]


def test_what_cannot_be_run_fails_every_test_that_asks_with_the_reason_and_is_tried_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = tmp_path / "pipeline.yaml"
    spec.write_text("version: 1\nname: x\ncomponents: {a: {type: CsvExmpleGen}}\n")
    runs = SpecRuns(tmp_path / "runs")
    for _ in range(2):
        with pytest.raises(AssertionError, match="CsvExampleGen"):
            runs.run(spec)
        monkeypatch.setattr(runs, "_shared", None)
    with pytest.raises(AssertionError, match="there is no spec"):
        runs.run(tmp_path / "nowhere.yaml")
    with pytest.raises(TypeError, match="has no option 'steps'"):
        runs.run(spec, steps=3)


def test_processes_of_one_session_share_a_run(tmp_path: Path, record: Callable[..., TestRecord]) -> None:
    from tfxc.compiler.testing.options import TestOptions

    spec = tmp_path / "pipeline.yaml"
    spec.write_text(SPEC.format(name="x"))
    made = tmp_path / "runs" / f"tfxc-{TestOptions().key(spec)}"
    made.mkdir(parents=True)
    (made / "test.json").write_text(record().model_dump_json())
    assert SpecRuns(tmp_path / "runs").run(spec).record == record()
