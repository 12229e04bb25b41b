"""Servers of the tests' own for ML Metadata: MariaDB, PostgreSQL, and MLMD's service over a SQLite file.

Each listens on a port of this machine that was free, keeps its data in a folder of its own, and can be
stopped as if its machine had failed, and started again.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any, Optional

from tfxc.schemas.plan import GrpcMetadata, PlanMetadata, ServerMetadata

PASSWORD = "a secret"
_MLMD_SERVER = Path(__file__).parents[1] / "kubeflow" / "mlmd_server.py"
_START_SECONDS = 60


class MetadataServer(ABC):
    """A server that runs from `start` to `kill`. ``user`` is who owns its process where tests run as root."""

    user = ""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="tfxc-metadata-"))
        self.port = _free_port()
        self._process: Optional[subprocess.Popen[bytes]] = None
        if self._other_user:
            shutil.chown(self.folder, self.user, self.user)

    @property
    def _other_user(self) -> bool:
        return os.geteuid() == 0 and bool(self.user)

    def run(self, *words: str | Path, **more: Any) -> None:
        """Runs a program to its end, as the server's user."""
        subprocess.run([*map(str, words)], check=True, capture_output=True, **self._as_user(), **more)

    def start(self) -> None:
        """Starts it and waits until it answers."""
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*map(str, self.command())], stdout=log, stderr=log, cwd=self.folder, **self._as_user()
            )
        _until(self.answers, f"{type(self).__name__} does not answer: {self.folder / 'server.log'}")

    def kill(self) -> None:
        """Ends it at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def remove(self) -> None:
        """Ends it and removes its data."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    @abstractmethod
    def command(self) -> list[str | Path]:
        """Returns the words that start it."""

    def answers(self) -> bool:
        """Whether somebody listens at its port."""
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", self.port)) == 0

    @abstractmethod
    def metadata(self, name: str) -> PlanMetadata:
        """Returns where MLMD is, in an empty database of that name."""

    def _as_user(self) -> dict[str, Any]:
        return {"user": self.user, "group": self.user, "extra_groups": ()} if self._other_user else {}


class MariaDb(MetadataServer):
    """MariaDB, of Debian's package mariadb-server."""

    user = "mysql"

    def __init__(self) -> None:
        super().__init__()
        data = f"--datadir={self.folder / 'data'}"
        self.run("mariadb-install-db", "--no-defaults", data, "--auth-root-authentication-method=normal")

    def command(self) -> list[str | Path]:
        return [
            _program("mariadbd"),
            "--no-defaults",
            f"--datadir={self.folder / 'data'}",
            f"--socket={self.folder / 'socket'}",
            "--bind-address=127.0.0.1",
            f"--port={self.port}",
        ]

    def metadata(self, name: str) -> PlanMetadata:
        self.ask(
            f"CREATE DATABASE {name}; CREATE USER IF NOT EXISTS tfx@'127.0.0.1' IDENTIFIED BY '{PASSWORD}'; "
            f"GRANT ALL ON {name}.* TO tfx@'127.0.0.1'"
        )
        return ServerMetadata(
            kind="mysql", host="127.0.0.1", port=self.port, database=name, user="tfx", password=PASSWORD
        )

    def ask(self, statements: str) -> None:
        """Runs SQL statements as its root."""
        self.run(
            "mariadb", "--no-defaults", f"--socket={self.folder / 'socket'}", "--user=root", "-e", statements
        )


class PostgreSql(MetadataServer):
    """PostgreSQL, of Debian's package postgresql."""

    user = "postgres"

    def __init__(self) -> None:
        super().__init__()
        password = self.folder / "password"
        password.write_text(PASSWORD)
        password.chmod(0o644)
        made = self.folder / "data"
        self.run(_program("initdb"), "-D", made, "-U", "tfx", f"--pwfile={password}", "-A", "scram-sha-256")

    def command(self) -> list[str | Path]:
        options = ("listen_addresses=127.0.0.1", f"unix_socket_directories={self.folder}")
        words = [word for option in options for word in ("-c", option)]
        return [_program("postgres"), "-D", self.folder / "data", "-p", str(self.port), *words]

    def answers(self) -> bool:
        return super().answers() and self._ask("SELECT 1") == 0

    def metadata(self, name: str) -> PlanMetadata:
        assert self._ask(f"CREATE DATABASE {name}") == 0
        return ServerMetadata(
            kind="postgresql", host="127.0.0.1", port=self.port, database=name, user="tfx", password=PASSWORD
        )

    def _ask(self, statement: str) -> int:
        words = [
            _program("psql"),
            "-h",
            "127.0.0.1",
            "-p",
            str(self.port),
            "-U",
            "tfx",
            "postgres",
            "-c",
            statement,
        ]
        environment = {**os.environ, "PGPASSWORD": PASSWORD}
        return subprocess.run(
            [*map(str, words)], capture_output=True, env=environment, check=False
        ).returncode


class MlmdService(MetadataServer):
    """MLMD's gRPC service, over a SQLite file: one store, whatever it is called."""

    def command(self) -> list[str | Path]:
        return [sys.executable, _MLMD_SERVER, self.folder / "metadata.sqlite", str(self.port)]

    def metadata(self, name: str) -> PlanMetadata:
        return GrpcMetadata(host="127.0.0.1", port=self.port)


def _program(name: str) -> Path:
    """Returns a program of Debian's packages, which lie where no user's PATH has them."""
    places = [
        *sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True),
        Path("/usr/sbin"),
        Path("/usr/bin"),
    ]
    found = next((folder / name for folder in places if (folder / name).exists()), None)
    assert found is not None, f"`{name}` is not installed: .ci/run says what the tests need"
    return found


def _free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port: int = server.getsockname()[1]
        return port


def _until(holds: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not holds():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.1)
