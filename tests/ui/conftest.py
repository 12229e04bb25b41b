"""Stores and runs as in tests/metadata, and the application over them."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from starlette.testclient import TestClient

from tfxc.backends.ui.app import application
from tfxc.backends.ui.sources import with_slugs


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


_metadata = load(Path(__file__).parents[1] / "metadata" / "conftest.py")

store = _metadata.store
two_nodes = _metadata.two_nodes

HOSTILE = "<script>alert(1)</script>\"'&{{ 7*7 }}"


@pytest.fixture
def hostile() -> str:
    """Returns a text that is code in HTML, in an attribute and in Jinja."""
    return HOSTILE


@pytest.fixture
def client(store: Any, two_nodes: Any) -> TestClient:
    """Returns a client of the pages of one pipeline, whose store has nothing yet."""
    sources = with_slugs([("birds", "birds/pipeline.yaml", lambda: (two_nodes, store.folder))])
    return TestClient(application(sources, ["testserver"]))
