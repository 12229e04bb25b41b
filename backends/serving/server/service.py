"""What a server is asked, whichever way it is asked: on values, without a network."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Optional

from tfxc.backends.launcher.servable.session import Tensor
from tfxc.backends.serving.server import examples as inference
from tfxc.backends.serving.server import logged
from tfxc.backends.serving.server.batching.runner import Runner
from tfxc.backends.serving.server.metrics import Metrics
from tfxc.backends.serving.server.model import SERVING_DEFAULT, Model
from tfxc.backends.serving.server.models.config import configs_of
from tfxc.backends.serving.server.models.manager import Lease, ModelManager, ModelSpec, VersionStatus
from tfxc.backends.serving.server.predict import predict_call, predict_signature
from tfxc.backends.serving.server.request_log import RequestLog, identify_request
from tfxc.backends.serving.server.status import Code, StatusError, invalid


@dataclass(frozen=True)
class Limits:
    """What a server lets in: bytes of a request, requests at once, seconds of a REST request."""

    request_bytes: int = 64 * 2**20
    requests: int = 1024
    seconds: float = 30.0


class Answered(NamedTuple):
    """By what a request was answered, and with what."""

    version: int
    signature: str
    outputs: Any


class Service:
    """Predict, classify, regress, multi-inference, metadata, status, reload. They raise StatusError."""

    def __init__(
        self,
        manager: ModelManager,
        runner: Runner,
        metrics: Metrics,
        limits: Limits = Limits(),
        check_method: bool = False,
        tell: Callable[[str], None] = lambda text: None,
        log: Optional[RequestLog] = None,
    ) -> None:
        self.manager, self.metrics, self.limits = manager, metrics, limits
        self._runner, self._check_method, self._tell, self._log = runner, check_method, tell, log
        self._running = 0

    def identify(self, given: str) -> str:
        """Returns the id that a request is kept under, of its client's choice if it is one; "" if none is."""
        return identify_request(given) if self._log is not None and self._log.has_ids else ""

    async def predict(
        self, spec: ModelSpec, signature: str, inputs: Mapping[str, Tensor], output_filter: Sequence[str] = ()
    ) -> Answered:
        """Returns the outputs of a signature by their names."""
        with self.manager.lease(spec) as lease:
            return await self.predict_with(lease, signature, inputs, output_filter)

    async def predict_with(
        self, lease: Lease, signature: str, inputs: Mapping[str, Tensor], output_filter: Sequence[str] = ()
    ) -> Answered:
        """The same of a model that is held already."""
        wanted = predict_signature(lease.model, signature)
        call, aliases = predict_call(wanted, inputs, output_filter, self._check_method)
        outputs = await self._run(lease, call)
        named = dict(zip(aliases, outputs, strict=True))
        if self._log is not None:
            fill = logged.prediction(inputs, output_filter, named)
            self._log.offer(lease.name, lease.version, wanted.name, fill)
        return Answered(lease.version, wanted.name, named)

    async def classify(self, spec: ModelSpec, signature: str, message: Any) -> Answered:
        """Returns the classes of each example of an Input."""
        with self.manager.lease(spec) as lease:
            return await self._infer(lease, signature, inference.CLASSIFY, message)

    async def regress(self, spec: ModelSpec, signature: str, message: Any) -> Answered:
        """Returns the value of each example of an Input."""
        with self.manager.lease(spec) as lease:
            return await self._infer(lease, signature, inference.REGRESS, message)

    async def multi_inference(
        self, tasks: Sequence[tuple[ModelSpec, str, str]], message: Any
    ) -> list[Answered]:
        """Returns the answer of each task (model, signature, method), all of one model, to an Input."""
        if not tasks:
            raise invalid("ModelSpec has no name specified.")
        names = {spec.name for spec, _, _ in tasks}
        if "" in names:
            raise invalid("Found ModelSpec with an empty model name.")
        if len(names) > 1:
            raise invalid("All ModelSpecs in a MultiInferenceRequest must access the same model name.")
        with self.manager.lease(tasks[0][0]) as lease:
            self._check_tasks(lease.model, tasks)
            return [
                await self._infer(lease, signature, method, message, is_checked=True)
                for _, signature, method in tasks
            ]

    def _check_tasks(self, model: Model, tasks: Sequence[tuple[ModelSpec, str, str]]) -> None:
        seen: set[str] = set()
        for _, signature, method in tasks:
            name = signature or SERVING_DEFAULT
            if name in seen:
                raise invalid(f"Duplicate evaluation of signature: {name}")
            seen.add(name)
            if name not in model.signatures:
                raise invalid(f"Requested signature not found in model graph: {name}")
            if method not in (inference.CLASSIFY, inference.REGRESS):
                raise StatusError(Code.UNIMPLEMENTED, f"Unsupported signature method_name: {method}")
            inference.check_signature(model.signatures[name], method, self._check_method)

    async def _infer(
        self, lease: Any, signature: str, method: str, message: Any, is_checked: bool = False
    ) -> Answered:
        check = self._check_method and not is_checked
        wanted = inference.examples_signature(lease.model, signature, method, check)
        examples = inference.serialised_examples(message)
        self.metrics.examples(lease.name, len(examples))
        outputs = await self._run(lease, inference.examples_call(wanted, method, examples))
        result: Any = (
            inference.classifications(wanted, outputs, len(examples))
            if method == inference.CLASSIFY
            else inference.regressions(outputs, len(examples))
        )
        if self._log is not None:
            fill = logged.inference(method, message, result)
            self._log.offer(lease.name, lease.version, wanted.name, fill)
        return Answered(lease.version, wanted.name, result)

    async def _run(self, lease: Any, call: Any) -> list[Tensor]:
        if self._running >= self.limits.requests:
            text = f"{self._running} requests are being answered, and no more are let in"
            raise StatusError(Code.UNAVAILABLE, text)
        self._running += 1
        try:
            return await self._runner.run(lease, call)
        finally:
            self._running -= 1

    def metadata(self, spec: ModelSpec) -> tuple[int, Any]:
        """Returns a model's version and its signatures as a SignatureDefMap."""
        with self.manager.lease(spec) as lease:
            return lease.version, lease.model.signature_map

    def status(self, spec: ModelSpec) -> list[VersionStatus]:
        """Returns the states of a model's versions."""
        return self.manager.status(spec)

    async def reload(self, message: Any) -> None:
        """Serves the models of a ModelServerConfig and no others; returns when they are loaded."""
        if message.WhichOneof("config") is None:
            raise invalid("Model config has not been set.")
        configs = configs_of(message)
        await asyncio.get_running_loop().run_in_executor(None, self.manager.configure, configs)
        broken = [
            f"{config.name}: {status.text}"
            for config in configs
            for status in self._states(config.name)
            if status.code != Code.OK and not self._is_served(config.name)
        ]
        if broken:
            raise StatusError(Code.UNKNOWN, "; ".join(broken))

    def tell_mistake(self) -> None:
        """Writes the traceback of the exception that is being handled, a mistake of ours, to the log."""
        self._tell(traceback.format_exc())

    def answered(self, model: str, api: str, entrypoint: str, code: Code, seconds: float) -> None:
        """Counts an answer. Names that are no model's are counted as one: a client could send any number."""
        self.metrics.answered(model if self.manager.is_known(model) else "", api, entrypoint, code, seconds)

    def _states(self, name: str) -> list[VersionStatus]:
        try:
            return self.manager.status(ModelSpec(name))
        except StatusError:
            return []

    def _is_served(self, name: str) -> bool:
        return any(name == each for each, _ in self.manager.available())
