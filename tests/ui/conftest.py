"""Stores and runs as in tests/metadata, and the application over them."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.metadata.conftest import store as store
from tests.metadata.conftest import two_nodes as two_nodes
from tfxc.backends.ui.app import application
from tfxc.backends.ui.sources import with_slugs

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
