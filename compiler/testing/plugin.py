"""The pytest plug-in: fixtures for a spec, and for a run of it on a sample.

pytest loads it in every session of an environment that tfxc is installed in. So it imports nothing of tfxc
until a fixture is used, changes no option of pytest's, and its fixtures have names that begin with ``tfxc_``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional

import pytest

if TYPE_CHECKING:
    from tfxc.compiler.testing.runs import SpecRuns
    from tfxc.compiler.testing.sample_run import SampleRun
    from tfxc.compiler.testing.spec import Spec

MARKER = "tfxc"
OPTION = "tfxc_spec"
_SPEC_FILE = "pipeline.yaml"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the setting that names the spec of a project's tests."""
    parser.addini(OPTION, "the spec that tests with the fixtures of tfxc are about", default="")


def pytest_configure(config: pytest.Config) -> None:
    """Registers the marker."""
    config.addinivalue_line(
        "markers",
        f"{MARKER}(spec, env, parameters, rows, whole, to_nodes, run_date, jobs): the spec that a test is "
        "about, and how it is run on a sample",
    )


@pytest.fixture(scope="session")
def tfxc_runs(tmp_path_factory: pytest.TempPathFactory) -> SpecRuns:
    """Specs and their runs on samples: ``tfxc_runs.spec(path)``, ``tfxc_runs.run(path, env=…)``.

    Each run is made once in a session, and shared by the workers of pytest-xdist.
    """
    from tfxc.compiler.testing.runs import SpecRuns

    folder = tmp_path_factory.getbasetemp()
    is_worker = folder.name.startswith("popen-gw")
    return SpecRuns((folder.parent if is_worker else folder) / "tfxc")


@pytest.fixture
def tfxc_spec(request: pytest.FixtureRequest, tfxc_runs: SpecRuns) -> Spec:
    """The spec that a test is about: of its marker ``tfxc``, of the setting ``tfxc_spec``, or the nearest
    ``pipeline.yaml`` in the folder of the test and those above it."""
    options = _marked(request)
    return tfxc_runs.spec(_spec(request, options), options.get("env"))


@pytest.fixture
def tfxc_run(request: pytest.FixtureRequest, tfxc_runs: SpecRuns) -> SampleRun:
    """A run of that spec on a sample of its data, made once for all tests that ask the same.

    The first test that asks waits for it. Its nodes may have failed: ``tfxc_run.assert_succeeded()``.
    """
    options = _marked(request)
    spec = _spec(request, options)
    return tfxc_runs.run(spec, **{name: value for name, value in options.items() if name != "spec"})


def _marked(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Returns the arguments of the markers of a test: those of the function win over those of the module."""
    found: dict[str, Any] = {}
    for marker in request.node.iter_markers(MARKER):
        given = dict(zip(("spec",), marker.args, strict=False))
        found = {**given, **marker.kwargs, **found}
    return found


def _spec(request: pytest.FixtureRequest, options: dict[str, Any]) -> Path:
    """Returns the path of the spec. Fails the test if there is none."""
    here = Path(str(request.path)).parent
    given: Optional[object] = options.get("spec")
    if given is not None:
        return here / str(given)
    setting = str(request.config.getini(OPTION))
    if setting:
        return request.config.rootpath / setting
    for folder in (here, *here.parents):
        if (folder / _SPEC_FILE).is_file():
            return folder / _SPEC_FILE
    pytest.fail(
        f"no {_SPEC_FILE} lies beside this test or above it: name the spec, with "
        f'`@pytest.mark.{MARKER}("PATH")` or the setting `{OPTION}` of pytest',
        pytrace=False,
    )
