"""MLMD's store: how it is reached, and what is said if it cannot be."""

from __future__ import annotations

import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tfxc.backends.launcher.protocol import before_import
from tfxc.backends.launcher.protocol.values import Values
from tfxc.schemas.failures import Failure
from tfxc.schemas.plan import GrpcMetadata, ServerMetadata, SqliteMetadata

pytestmark = pytest.mark.tfx


@pytest.fixture(scope="module")
def metadata() -> Any:
    from tfxc.backends.launcher.node import metadata

    return metadata


def values(**environment: str) -> Values:
    return Values(parameters={"port": 0}, run_id="", run_date="", environment=environment)


def sqlite_config(metadata: Any, path: Path) -> Any:
    return metadata.connection_config(SqliteMetadata(path=str(path)), values())


def test_a_new_store_is_created_with_its_folder(metadata: Any, tmp_path: Path) -> None:
    metadata.prepare(sqlite_config(metadata, tmp_path / "a/b/metadata.sqlite"))
    with sqlite3.connect(tmp_path / "a/b/metadata.sqlite") as database:
        assert database.execute("SELECT count(*) FROM Execution").fetchone() == (0,)


def test_servers(metadata: Any) -> None:
    server = ServerMetadata(
        kind="mysql", host="h", database="d", user="u", password={"$reference": "env.PASSWORD"}
    )
    config = metadata.connection_config(server, values(PASSWORD="p"))
    assert (config.mysql.host, config.mysql.port, config.mysql.password) == ("h", 3306, "p")
    server = ServerMetadata(kind="postgresql", host="h", port="7000", database="d", user="u")
    config = metadata.connection_config(server, values())
    assert (config.postgresql.dbname, config.postgresql.port) == ("d", "7000")
    config = metadata.connection_config(GrpcMetadata(host="h", port=8080), values())
    assert (config.host, config.port) == ("h", 8080)


def test_a_port_that_is_none_is_refused(metadata: Any) -> None:
    store = GrpcMetadata(host="h", port={"$reference": "parameters.port"})
    with pytest.raises(Failure, match=r"^metadata\.grpc\.port must be a port number, but it is 0\.$"):
        metadata.connection_config(store, values())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"notes, and no database", "is no SQLite database"),
        (b"SQLite format 3\x00" + b"x" * 5000, "is no SQLite database"),
    ],
)
def test_files_that_are_no_database(metadata: Any, tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "metadata.sqlite"
    path.write_bytes(content)
    with pytest.raises(Failure, match=words):
        metadata.prepare(sqlite_config(metadata, path))
    assert path.read_bytes() == content


def test_a_damaged_database(metadata: Any, tmp_path: Path) -> None:
    path = tmp_path / "metadata.sqlite"
    metadata.prepare(sqlite_config(metadata, path))
    content = bytearray(path.read_bytes())
    content[100:40_000] = b"\xff" * 39_900
    path.write_bytes(content)
    with pytest.raises(Failure, match=r"metadata\.sqlite is (no SQLite|a damaged SQLite) database: "):
        metadata.prepare(sqlite_config(metadata, path))


def test_a_folder_and_an_unwritable_place(metadata: Any, tmp_path: Path) -> None:
    with pytest.raises(Failure, match="is a folder: name a file in `metadata"):
        metadata.prepare(sqlite_config(metadata, tmp_path))
    with pytest.raises(Failure, match="the folder /sys/none of the metadata file cannot be created: "):
        metadata.prepare(sqlite_config(metadata, Path("/sys/none/metadata.sqlite")))


def test_a_locked_database_is_waited_for_and_then_named(
    metadata: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "metadata.sqlite"
    config = sqlite_config(metadata, path)
    metadata.prepare(config)
    holder = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN EXCLUSIVE")
    threading.Timer(0.5, lambda: holder.execute("ROLLBACK")).start()
    began = time.monotonic()
    metadata.prepare(config)
    assert time.monotonic() - began < 20

    monkeypatch.setattr(before_import, "LOCKED_PATIENCE", 0.2)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(Failure, match="is locked by another process: wait for it to end, or stop it"):
        metadata.prepare(config)
    holder.close()
