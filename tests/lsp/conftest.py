"""A `tfxc lsp` for all tests that ask it questions: starting it takes longer than answering."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lsp.client import Client


@pytest.fixture(scope="session")
def server() -> Iterator[Client]:
    started = Client()
    yield started
    started.ask("shutdown", None)
    started.tell("exit", None)
    assert started.process.wait(20) == 0


@pytest.fixture
def client(server: Client) -> Client:
    """The server of all tests, which has been asked for nothing yet."""
    server.asked.clear()
    return server
