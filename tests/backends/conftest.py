"""The Airflow of tests/airflow/real, for the tests that compare it with other backends."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


def load(path: Path) -> ModuleType:
    """Imports a file of the tests, which are no packages."""
    name = f"of_{path.parent.name}_{path.stem}"
    specification = importlib.util.spec_from_file_location(name, path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module  # where dataclasses look their module up
    specification.loader.exec_module(module)
    return module


REAL_AIRFLOW = Path(__file__).parents[1] / "airflow" / "real"
_airflow = load(REAL_AIRFLOW / "conftest.py")

migrated = _airflow.migrated
install_in = _airflow.install_in
standby = load(REAL_AIRFLOW / "test_pipelines.py").standby


@pytest.fixture(scope="module")
def airflow(install_in: Callable[..., Any], standby: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Returns an Airflow whose launcher is in standby: starting TFX for each task is what costs."""
    # Airflow 3, because `airflow dags test` of Airflow 2 breaks off at a timeout.
    installed = install_in("airflow3", tmp_path_factory.mktemp("equal-graphs"))
    installed.environment = dict(standby)
    return installed
