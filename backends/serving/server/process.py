"""The server's process: models loaded, ports opened, requests answered until a signal comes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Optional

import uvloop

from tfxc.backends.serving.options import ServedModel, ServeOptions
from tfxc.backends.serving.server.batching.parameters import BatchingParameters, read_parameters
from tfxc.backends.serving.server.batching.runner import BatchRunner, Runner, SingleRunner
from tfxc.backends.serving.server.metrics import Metrics
from tfxc.backends.serving.server.model import Model
from tfxc.backends.serving.server.models.config import ModelConfig, VersionPolicy, read_config
from tfxc.backends.serving.server.models.manager import ModelManager, ModelSpec, Polling
from tfxc.backends.serving.server.models.warmup import warm_up
from tfxc.backends.serving.server.ports import bound_socket, http_server, started_grpc_server
from tfxc.backends.serving.server.request_log import LogOptions, RequestLog
from tfxc.backends.serving.server.service import Limits, Service
from tfxc.backends.serving.server.status import StatusError
from tfxc.schemas.failures import Failure

_SWITCH_INTERVAL = 0.0005
"""seconds until a thread that comes back from TensorFlow gets its turn: Python's own 5 ms are ten requests"""


def serve(options: ServeOptions, tell: Callable[[str], None]) -> int:
    """Serves until SIGINT or SIGTERM, and returns the number of the signal.

    Raises Failure if it cannot begin: no model, a port that is taken, a file that cannot be read.
    """
    rest_socket = bound_socket(options.host, options.rest_port) if options.rest_port else None
    try:
        configs = (_config(options.model),) if options.model else read_config(options.config or Path())
        manager = ModelManager(_loader(options), Polling(seconds=options.poll_seconds), tell)
        try:
            manager.configure(configs)
        except StatusError as error:
            raise Failure(error.text) from None
        _require_model(manager, options)
        for sentence in _without_versions(manager, options.poll_seconds):
            tell(sentence)
        uvloop.install()
        sys.setswitchinterval(_SWITCH_INTERVAL)
        return asyncio.run(_Server(options, manager, tell).run(rest_socket))
    finally:
        if rest_socket is not None:
            rest_socket.close()


def _loader(options: ServeOptions) -> Callable[[ModelConfig, int, Path], Model]:
    def load(config: ModelConfig, version: int, folder: Path) -> Model:
        model = Model(folder, options.tags)
        try:
            warm_up(model)
        except StatusError:
            model.close()
            raise
        return model

    return load


def _config(model: ServedModel) -> ModelConfig:
    return ModelConfig(
        name=model.name,
        base_path=model.base_path.absolute(),
        policy=VersionPolicy(model.latest, model.specific),
        labels=model.labels,
        single_version=model.version,
    )


def _require_model(manager: ModelManager, options: ServeOptions) -> None:
    """A model that was named and cannot be loaded is told at once; those of a file may come later."""
    if options.model is None or manager.available():
        return
    with contextlib.suppress(StatusError):
        reasons = [each.text for each in manager.status(ModelSpec(options.model.name)) if each.text]
        if reasons:
            raise Failure(f"no version of `{options.model.name}` can be loaded: {reasons[0]}")
    raise Failure(f"`{options.model.base_path}` has no version that is to be served")


def _without_versions(manager: ModelManager, seconds: float) -> Iterator[str]:
    """Yields a sentence for each model of which there is no version at all: nothing else tells of it."""
    for config in manager.configs:
        try:
            manager.status(ModelSpec(config.name))
        except StatusError:
            later = f"it is looked for every {seconds:g} s" if seconds > 0 else "and nobody looks for one"
            yield f"{config.name}: there is no version in `{config.base_path}` yet; {later}"


def _content(file: Path) -> Optional[bytes]:
    try:
        return file.read_bytes()
    except OSError:
        return None


class _Server:
    """Both servers on one event loop."""

    def __init__(self, options: ServeOptions, manager: ModelManager, tell: Callable[[str], None]) -> None:
        self._options, self._manager, self._tell = options, manager, tell
        self._metrics = Metrics()
        self._stopped_by: Optional[int] = None
        self._stop = asyncio.Event()

    async def run(self, rest_socket: Optional[socket.socket]) -> int:
        """Serves until a signal comes."""
        options = self._options
        runner = self._runner()
        log = self._request_log()
        service = Service(
            self._manager,
            runner,
            self._metrics,
            Limits(options.max_request_bytes, options.max_requests, options.rest_timeout),
            options.check_method_names,
            self._tell,
            log,
        )
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._signalled, number)
        http = http_server(service, options)
        grpc_server = await started_grpc_server(service, options) if options.port else None
        serving = loop.create_task(http.serve(sockets=[rest_socket])) if rest_socket else None
        self._manager.start()
        self._announce()
        watching = loop.create_task(self._watch_config())
        await self._stop.wait()
        watching.cancel()
        self._tell("stopping: requests in flight are answered first")
        if grpc_server is not None:
            await grpc_server.stop(options.grace_seconds)
        if serving is not None:
            http.should_exit = True
            await serving
        await loop.run_in_executor(None, self._manager.stop)
        runner.close()
        if log is not None:
            log.close()
        return self._stopped_by or 0

    def _request_log(self) -> Optional[RequestLog]:
        rates = {each.name: each.logging_rate for each in self._manager.configs if each.logging_rate}
        wanted = self._options.logging
        if wanted is None:
            if rates:
                self._tell(
                    f"the logging_config of {', '.join(sorted(rates))} needs --request-log with a folder"
                )
            return None
        options = LogOptions(
            wanted.folder,
            wanted.rate,
            total_bytes=wanted.total_bytes,
            file_seconds=wanted.file_seconds,
            format=wanted.format,
        )
        return RequestLog(options, rates, self._tell)

    async def _watch_config(self) -> None:
        """Serves what the file of models says whenever it has changed."""
        options, file = self._options, self._options.config
        if file is None or not options.config_poll_seconds:
            return
        loop = asyncio.get_running_loop()
        known = _content(file)
        while True:
            await asyncio.sleep(options.config_poll_seconds)
            content = _content(file)
            if content in (known, None):
                continue
            known = content
            try:
                await loop.run_in_executor(None, self._manager.configure, read_config(file))
                self._tell(f"{file}: read again")
                for sentence in _without_versions(self._manager, options.poll_seconds):
                    self._tell(sentence)
            except Failure as failure:
                self._tell(f"{failure}; what was served before goes on")
            except StatusError as error:
                self._tell(f"{file}: {error.text}")

    def _signalled(self, number: int) -> None:
        if self._stop.is_set():  # asked twice: at once
            os._exit(128 + number)
        self._stopped_by = number
        self._stop.set()

    def _runner(self) -> Runner:
        options, observe = self._options, self._metrics.ran
        if options.enable_batching:
            file = options.batching_parameters
            return BatchRunner(read_parameters(file) if file else BatchingParameters(), observe)
        return SingleRunner(options.threads or (os.cpu_count() or 1), observe)

    def _announce(self) -> None:
        options = self._options
        secure = "s" if options.tls else ""
        if options.rest_port:
            self._tell(f"REST on http{secure}://{options.host}:{options.rest_port}/v1/models")
        if options.port:
            self._tell(f"gRPC on {options.host}:{options.port}")
