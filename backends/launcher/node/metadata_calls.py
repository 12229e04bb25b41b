"""How the calls of a metadata store are tried again, in this process.

Two processes that write to one SQLite file at the same moment abort each other's transactions, and MLMD then
waits two seconds on average: longer than most of what it waits for. So the processes of this user take turns
(sqlite_turns.py), and what others abort is tried again.

A database or server that is restarted in the middle of a run is waited for. MLMD never opens a lost
connection anew, and with MySQL ends the process at the second call on it: the store is opened again before
anything is asked.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Callable
from typing import Any, TypeVar

import ml_metadata
import tenacity
from ml_metadata import errors as mlmd_errors
from ml_metadata.proto import metadata_store_pb2

from tfxc.backends.launcher.node.sqlite_turns import in_turn
from tfxc.backends.launcher.protocol.before_import import LOCKED_PATIENCE
from tfxc.schemas.failures import Failure

PATIENCE_VARIABLE = "TFXC_METADATA_PATIENCE"
"""Seconds for which a metadata server that was lost is waited for."""
_SERVER_PATIENCE = 60.0
_LOST = re.compile(
    r"PostgreSQL metadata source error: *$|server closed the connection|terminating connection"
    r"|connection pointer is NULL|could not (?:connect|receive|send)|connection to server"
    r"|Lost connection|server has gone away|mysql_real_connect failed|database was not initialized"
    r"|Too many connections"
)
"""What MLMD says of a database that it can no longer reach: it has no code of its own for that."""
_FULL = re.compile(
    r"too many connections|too many clients|remaining connection slots|max_user_connections", re.IGNORECASE
)
"""What MariaDB, MySQL and PostgreSQL say when they take no more connections."""
_GREETING_SECONDS = 5.0
_BUSY_PATIENCE = 180.0
"""Seconds for which a transaction is tried again that others abort: a hundred nodes may write at once."""
_IS_LOST = "_tfxc_connection_is_lost"
_OPEN = ml_metadata.MetadataStore.__init__

T = TypeVar("T")


class _LostError(Exception):
    """The connection to the metadata server is lost."""


def retry_soon(servers: bool) -> None:
    """Makes MLMD try an aborted transaction again after milliseconds, in this process.

    With ``servers``, one that was there a moment ago is waited for, too: if it does not come back, opening a
    store and every call raise Failure, with host and port.
    """
    call_once = getattr(ml_metadata.MetadataStore, "_call_method", None)
    if call_once is None or not hasattr(ml_metadata.MetadataStore, "_call"):
        return
    ml_metadata.MetadataStore._call = _retrying_call(
        _waiting_for_servers(call_once) if servers else call_once
    )
    if servers:
        ml_metadata.MetadataStore.__init__ = _patient_opening(ml_metadata.MetadataStore.__init__)


def _retrying_call(call_once: Callable[..., Any]) -> Callable[..., Any]:
    def call(store: Any, method: str, request: Any, response: Any, extra_options: Any = None) -> Any:
        del extra_options
        return _patiently(store._config, in_turn, store._config, call_once, store, method, request, response)

    return call


def _waiting_for_servers(call_once: Callable[..., Any]) -> Callable[..., Any]:
    def call(store: Any, *arguments: Any) -> Any:
        if getattr(store, _IS_LOST, False):
            _open_again(store)
        try:
            return call_once(store, *arguments)
        except mlmd_errors.UnavailableError as error:
            raise _LostError(error) from None
        except mlmd_errors.InternalError as error:
            if not _LOST.search(str(error)):
                raise
            setattr(store, _IS_LOST, True)
            raise _LostError(error) from None

    return call


def _patient_opening(open_once: Callable[..., None]) -> Callable[..., None]:
    def attempt(store: Any, *arguments: Any) -> None:
        try:
            in_turn(arguments[0], open_once, store, *arguments)
        except (RuntimeError, mlmd_errors.StatusError) as error:
            raise (_LostError(error) if _LOST.search(str(error)) else error) from None

    def __init__(store: Any, config: Any, *arguments: Any, **more: Any) -> None:  # noqa: N807
        _patiently(config, attempt, store, config, *arguments, **more)

    return __init__


def _open_again(store: Any) -> None:
    """Opens a store whose connection was lost. Raises _LostError if it cannot be opened yet."""
    fresh = object.__new__(type(store))
    try:
        _OPEN(fresh, store._config)
    except (RuntimeError, mlmd_errors.StatusError) as error:
        raise _LostError(error) from None
    store._metadata_store = fresh._metadata_store
    setattr(store, _IS_LOST, False)


def _patiently(config: Any, function: Callable[..., T], *arguments: Any, **more: Any) -> T:
    """Calls a function until its transaction is not aborted and its server is there. Raises Failure."""
    retry = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type((mlmd_errors.AbortedError, _LostError)),
        wait=tenacity.wait_random_exponential(multiplier=0.02, max=1.0),
        stop=_has_waited_enough,
        reraise=True,
    )
    try:
        return retry(function, *arguments, **more)
    except _LostError as error:
        reason = " ".join(str(error).split()).rstrip(".: ")
        full = takes_no_more(config, error)
        if full is not None:
            raise Failure(full) from None
        raise Failure(
            f"{server_name(config)} was lost and did not come back within {_server_patience():g} seconds: "
            f"{reason}."
        ) from None


def takes_no_more(config: Any, error: Exception) -> str | None:
    """Returns the sentence for a server that has as many connections as it may have; None for all else."""
    said = f"{error} {_greeting(config)}" if "mysql" in str(error) else str(error)
    if _FULL.search(said) is None:
        return None
    return (
        f"{server_name(config)} takes no more connections: raise its `max_connections`, or run fewer nodes "
        "at once (`tfxc run --jobs`, Airflow's `max_active_tasks`)."
    )


def _greeting(config: Any) -> str:
    """Returns what a MySQL server says to who connects: why it takes nobody. MLMD leaves that out."""
    if not isinstance(config, metadata_store_pb2.ConnectionConfig) or not config.HasField("mysql"):
        return ""
    try:
        place = (config.mysql.host, config.mysql.port)
        with socket.create_connection(place, timeout=_GREETING_SECONDS) as server:
            return server.recv(1024).decode("utf-8", "replace")
    except OSError:
        return ""


def server_name(config: Any) -> str:
    """Returns what messages call the database or server of a configuration that is no file."""
    if isinstance(config, metadata_store_pb2.ConnectionConfig):
        server = config.mysql if config.HasField("mysql") else config.postgresql
        return f"the metadata database at {server.host}:{server.port}"
    return f"the metadata server at {config.host}:{config.port}"


def _server_patience() -> float:
    try:
        return float(os.environ[PATIENCE_VARIABLE])
    except (KeyError, ValueError):
        return _SERVER_PATIENCE


def _patience_with(error: BaseException | None) -> float:
    """Returns how long a transaction that was aborted is tried again: longer if others were only faster."""
    return LOCKED_PATIENCE if "locked" in str(error) else _BUSY_PATIENCE


def _has_waited_enough(state: tenacity.RetryCallState) -> bool:
    error = state.outcome.exception() if state.outcome is not None else None
    patience = _server_patience() if isinstance(error, _LostError) else _patience_with(error)
    return (state.seconds_since_start or 0.0) >= patience
