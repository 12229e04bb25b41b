"""Running the application: where it listens, and how it stops."""

from __future__ import annotations

import errno
import ipaddress
import socket
from collections.abc import Callable, Sequence

from tfxc.backends.ui.sources import Source
from tfxc.schemas.failures import Failure, WrongUse

LOOPBACK = "127.0.0.1"
NO_UI = (
    "the pages need Starlette and uvicorn, which are not installed here: install them with "
    "`pip install 'tfxc[ui]'` (in a project of uv: `uv add 'tfxc[ui]'`)."
)


def listen(host: str, port: int) -> socket.socket:
    """Returns a socket that listens; port 0 is any that is free.

    Raises WrongUse for a host that is none of this machine's, and Failure for a port that is taken.
    """
    try:
        ((family, kind, protocol, _, address), *_) = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        opened = socket.socket(family, kind, protocol)
    except OSError as error:
        raise WrongUse(f"--host {host}: {error.strerror or error}") from None
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(address)
        opened.listen(128)
    except OSError as error:
        opened.close()
        if error.errno == errno.EADDRINUSE:
            raise Failure(f"port {port} is in use: give another one with --port (0 takes any).") from None
        if error.errno == errno.EADDRNOTAVAIL:
            raise WrongUse(f"--host {host}: this machine has no such address.") from None
        raise Failure(f"nothing can listen on {host}:{port}: {error.strerror}.") from None
    return opened


def known_hosts(host: str) -> list[str]:
    """Returns the names by which the pages may be called.

    On loopback only the machine's own names, so that a page of the web cannot read them through a name
    that it lets lead here. Who opens them to others says by that that any name will do.
    """
    try:
        is_loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_loopback = False
    # Starlette cuts a host at its first colon, so that [::1]:8080 is "[".
    return ["localhost", "127.0.0.1", "[", "[::1]", host] if is_loopback else ["*"]


def address(opened: socket.socket) -> str:
    """Returns the address of the first page."""
    host, port = opened.getsockname()[:2]
    shown = {"0.0.0.0": "localhost", "::": "localhost"}.get(host, host)  # noqa: S104 - to show, not to bind
    return f"http://{f'[{shown}]' if ':' in shown else shown}:{port}/"


def serve(sources: Sequence[Source], opened: socket.socket, host: str, ready: Callable[[], None]) -> None:
    """Serves until SIGINT or SIGTERM; pages that still listen are let go after a second.

    Raises Failure if what serves is not installed.
    """
    try:
        import uvicorn

        from tfxc.backends.ui.app import application
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("uvicorn", "starlette"):
            raise
        raise Failure(NO_UI) from None

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            ready()

    config = uvicorn.Config(
        application(sources, known_hosts(host)),
        log_level="warning",
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    Server(config).run(sockets=[opened])
