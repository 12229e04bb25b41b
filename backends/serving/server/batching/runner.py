"""Running calls on threads, each by itself or batched, from an event loop.

A model is held by the thread that uses it until it is done, whatever became of the request.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Optional, Protocol

from tfxc.backends.launcher.servable.session import Tensor
from tfxc.backends.serving.server.batching.join import common_shape, concatenated, padded, rows_of, split
from tfxc.backends.serving.server.batching.parameters import BatchingParameters
from tfxc.backends.serving.server.models.manager import Lease
from tfxc.backends.serving.server.predict import Call
from tfxc.backends.serving.server.status import Code, StatusError, invalid

Observe = Callable[[str, str, float], None]
"""told the model's name, what was asked, and how many seconds TensorFlow took"""


class Runner(Protocol):
    """What runs calls. `run` raises StatusError."""

    async def run(self, lease: Lease, call: Call) -> list[Tensor]: ...

    def close(self) -> None: ...


class SingleRunner:
    """Runs each call by itself."""

    def __init__(self, threads: int, observe: Observe) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="session")
        self._observe = observe

    async def run(self, lease: Lease, call: Call) -> list[Tensor]:
        """Runs a call on the next thread that is free."""
        started = time.perf_counter()
        lease.retain()
        future = self._pool.submit(lease.model.run, call.feeds, call.fetches)
        future.add_done_callback(lambda done: lease.release())
        outputs = await asyncio.wrap_future(future)
        self._observe(lease.name, call.api, time.perf_counter() - started)
        return outputs

    def close(self) -> None:
        """Waits for what is running."""
        self._pool.shutdown()


@dataclass
class _Task:
    lease: Lease
    call: Call
    rows: int
    arrived: float
    answer: asyncio.Future[list[Tensor]]


@dataclass
class _Queue:
    """Tasks that fit into one call."""

    tasks: deque[_Task] = field(default_factory=deque)
    rows: int = 0
    timer: Optional[asyncio.TimerHandle] = None


class BatchRunner:
    """Runs calls of the same kind together. Mirrors ``batching_session.cc``.

    Calls fit together if they are of one version, feed and fetch the same tensors, and these have the same
    shape beyond their rows (with padding: the same rank).
    """

    def __init__(self, parameters: BatchingParameters, observe: Observe) -> None:
        self._parameters, self._observe = parameters, observe
        self._pool = ThreadPoolExecutor(parameters.num_batch_threads, thread_name_prefix="batch")
        self._queues: dict[Any, _Queue] = {}
        self._running = 0
        self._is_pump_due = False

    async def run(self, lease: Lease, call: Call) -> list[Tensor]:
        """Runs a call with others. Raises StatusError if it is too large, or too many are waiting."""
        loop = asyncio.get_running_loop()
        parameters = self._parameters
        rows = rows_of(list(call.feeds.values()))
        if rows > parameters.max_batch_size:
            raise invalid(
                f"Task size {rows} is larger than maximum input batch size {parameters.max_batch_size}"
            )
        queue = self._queues.setdefault(self._key(lease, call), _Queue())
        if queue.rows + rows > parameters.max_batch_size * parameters.max_enqueued_batches:
            text = "The batch scheduling queue to which this task was submitted is full"
            raise StatusError(Code.UNAVAILABLE, text)
        task = _Task(lease, call, rows, loop.time(), loop.create_future())
        queue.tasks.append(task)
        queue.rows += rows
        if not self._is_pump_due:  # after all that arrived with it
            self._is_pump_due = True
            loop.call_soon(self._pump)
        return await task.answer

    def close(self) -> None:
        """Waits for what is running."""
        self._pool.shutdown()

    def _key(self, lease: Lease, call: Call) -> Any:
        pads = self._parameters.pad_variable_length_inputs
        shapes = (len(each.shape) if pads else each.shape[1:] for each in call.feeds.values())
        types = (each.dtype for each in call.feeds.values())
        return (id(lease.model), tuple(call.feeds), tuple(types), tuple(shapes), tuple(call.fetches))

    def _pump(self) -> None:
        """Starts the batches that are due, the one that has waited longest first."""
        self._is_pump_due = False
        loop = asyncio.get_running_loop()
        timeout = self._parameters.batch_timeout_micros / 1e6
        waiting = sorted(
            self._queues.items(), key=lambda item: item[1].tasks[0].arrived if item[1].tasks else 0
        )
        for key, queue in waiting:
            while queue.tasks and self._running < self._parameters.num_batch_threads:
                due = queue.tasks[0].arrived + timeout
                if queue.rows < self._parameters.max_batch_size and loop.time() < due:
                    if queue.timer is None:
                        queue.timer = loop.call_at(due, self._timed_out, queue)
                    break
                self._start(queue)
            if not queue.tasks:
                del self._queues[key]

    def _timed_out(self, queue: _Queue) -> None:
        queue.timer = None
        self._pump()

    def _start(self, queue: _Queue) -> None:
        tasks: list[_Task] = []
        rows = 0
        while queue.tasks and rows + queue.tasks[0].rows <= self._parameters.max_batch_size:
            task = queue.tasks.popleft()
            queue.rows -= task.rows
            if not task.answer.done():  # nobody waits for it any more
                tasks.append(task)
                rows += task.rows
        if not tasks:
            return
        self._running += 1
        loop = asyncio.get_running_loop()
        started = time.perf_counter()
        lease = tasks[0].lease
        lease.retain()
        future = self._pool.submit(self._run_batch, tasks, rows)

        def done(_: Any) -> None:
            lease.release()
            loop.call_soon_threadsafe(self._finish, tasks, future, started)

        future.add_done_callback(done)

    def _finish(self, tasks: Sequence[_Task], future: Any, started: float) -> None:
        self._running -= 1
        took = time.perf_counter() - started
        error = future.exception()
        for position, task in enumerate(tasks):
            if task.answer.done():
                continue
            if error is not None:
                task.answer.set_exception(error)
                continue
            self._observe(task.lease.name, task.call.api, took)
            task.answer.set_result(future.result()[position])
        self._pump()

    def _run_batch(self, tasks: Sequence[_Task], rows: int) -> list[list[Tensor]]:
        """Runs on a thread: returns the outputs of each task."""
        model, call = tasks[0].lease.model, tasks[0].call
        allowed = self._parameters.allowed_batch_sizes
        size = next((each for each in allowed if each >= rows), rows)
        if len(tasks) == 1 and size == rows:
            return [model.run(call.feeds, call.fetches)]
        feeds = {
            name: self._joined([task.call.feeds[name] for task in tasks], size - rows) for name in call.feeds
        }
        outputs = model.run(feeds, call.fetches)
        sizes = [task.rows for task in tasks]
        parts = [split(output, sizes, size - rows) for output in outputs]
        return [[part[position] for part in parts] for position in range(len(tasks))]

    def _joined(self, tensors: Sequence[Tensor], padding_rows: int) -> Tensor:
        if self._parameters.pad_variable_length_inputs:
            shape = common_shape(tensors)
            tensors = [padded(tensor, shape) for tensor in tensors]
        return concatenated(tensors, padding_rows)
