"""The ports that a server answers on: REST through uvicorn, gRPC through its own server, with TLS or not."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Iterator
from functools import partial
from typing import Any

import grpc
import grpc.aio
import uvicorn

from tfxc.backends.serving.options import ServeOptions
from tfxc.backends.serving.server.grpc_api import add_services
from tfxc.backends.serving.server.rest.app import RestApp, RestOptions
from tfxc.backends.serving.server.rest.connection import RestConnection
from tfxc.backends.serving.server.service import Service
from tfxc.schemas.failures import Failure

_BACKLOG = 1024
_KEEP_ALIVE = 75
"""seconds for which an unused connection stays open: longer than load balancers keep theirs, who else send
a request just as it is closed"""


def bound_socket(host: str, port: int) -> socket.socket:
    """Returns a socket of a port that nothing else listens on. Raises Failure."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, OverflowError) as error:
        raise Failure(f"`{host}` is no address of this machine: {error}") from None
    # With the protocol named asyncio sends small packets at once: else each answer waits for 40 ms.
    bound = socket.socket(family, kind, protocol)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen(_BACKLOG)
    except (OSError, OverflowError) as error:
        bound.close()
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise Failure(f"port {port} of {host} cannot be opened: {reason}") from None
    return bound


class HttpServer(uvicorn.Server):
    """uvicorn without signal handlers of its own: one place ends both servers."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves signals alone."""
        yield


def http_server(service: Service, options: ServeOptions) -> HttpServer:
    """Returns the server of the REST API. Raises Failure if its certificate cannot be used."""
    tls = options.tls
    app = RestApp(service, RestOptions(options.cors, options.token))
    protocol: Any = partial(RestConnection, app)
    unused: Any = app
    config = uvicorn.Config(
        unused,  # the protocol asks the application itself
        http=protocol,
        interface="asgi3",
        proxy_headers=False,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=max(1, int(options.grace_seconds)),
        backlog=_BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE,
        ssl_certfile=tls.certificate if tls else None,
        ssl_keyfile=tls.key if tls else None,
    )
    try:
        config.load()
    except (OSError, ssl.SSLError) as error:
        raise Failure(f"the certificate or its key cannot be used: {error}") from None
    return HttpServer(config)


async def started_grpc_server(service: Service, options: ServeOptions) -> Any:
    """Returns the server of the gRPC API, which answers from now on. Raises Failure if its port is taken."""
    server = grpc.aio.server(
        options=[
            ("grpc.so_reuseport", 0),
            ("grpc.max_receive_message_length", options.max_request_bytes),
            ("grpc.max_send_message_length", -1),
        ]
    )
    add_services(server, service, options.token)
    address = f"[{options.host}]:{options.port}" if ":" in options.host else f"{options.host}:{options.port}"
    try:
        if options.tls is None:
            port = server.add_insecure_port(address)
        else:
            pair = (options.tls.key.read_bytes(), options.tls.certificate.read_bytes())
            port = server.add_secure_port(address, grpc.ssl_server_credentials([pair]))
    except RuntimeError:
        port = 0
    if not port:
        raise Failure(
            f"port {options.port} of {options.host} cannot be opened: is something listening on it?"
        )
    await server.start()
    return server
