"""Descriptions of Beam's stages that hold what the stage uses, and not what the whole pipeline uses.

Before the in-memory runner runs a stage it tells the worker of every collection and every coder of the
pipeline, and the worker copies and decodes them. A pipeline of Transform's has some 300 stages and 1,000
coders: a quarter of the time that Transform takes on a small data set.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from typing import Any, Optional

from tfxc.backends.launcher.speed.shape import has_lines


def lighten() -> bool:
    """Shortens the descriptions in this process, which must be a node's own.

    A stage with a step of which it is not known which coders it uses is described as ever. Returns whether
    the description was replaced: not where a version of Beam is not what this was written for.
    """
    from apache_beam.portability.api import beam_fn_api_pb2
    from apache_beam.runners.portability.fn_api_runner import execution

    manager = getattr(execution, "BundleContextManager", None)
    describe: Any = getattr(manager, "_build_process_bundle_descriptor", None)
    if manager is None or not has_lines(
        describe,
        "return beam_fn_api_pb2.ProcessBundleDescriptor(",
        "id=self.bundle_uid,",
        "transform.unique_name: transform",
        "for transform in self.stage.transforms",
        "self.execution_context.pipeline_components.pcollections.items()),",
        "coders=dict(self.execution_context.pipeline_components.coders.items()),",
        "self.execution_context.pipeline_components.windowing_strategies.",
        "self.execution_context.pipeline_components.environments.items()),",
        "state_api_service_descriptor=self.state_api_service_descriptor(),",
        "timer_api_service_descriptor=self.data_api_service_descriptor())",
    ):
        return False
    read_coders = _coder_readers()

    @functools.wraps(describe)
    def _build_process_bundle_descriptor(self: Any) -> Any:
        components = self.execution_context.pipeline_components
        used = _used_coders(self.stage.transforms, read_coders)
        if used is None:
            return describe(self)
        collections = {
            name: components.pcollections[name]
            for transform in self.stage.transforms
            for names in (transform.inputs, transform.outputs)
            for name in names.values()
            if name in components.pcollections
        }
        used.update(each.coder_id for each in collections.values())
        windowing = dict(components.windowing_strategies.items())
        used.update(each.window_coder_id for each in windowing.values())
        return beam_fn_api_pb2.ProcessBundleDescriptor(
            id=self.bundle_uid,
            transforms={transform.unique_name: transform for transform in self.stage.transforms},
            pcollections=collections,
            coders=_with_parts(used, components.coders),
            windowing_strategies=windowing,
            environments=dict(components.environments.items()),
            state_api_service_descriptor=self.state_api_service_descriptor(),
            timer_api_service_descriptor=self.data_api_service_descriptor(),
        )

    manager._build_process_bundle_descriptor = _build_process_bundle_descriptor
    return True


def _used_coders(transforms: Iterable[Any], read_coders: Any) -> Optional[set[str]]:
    """Returns the coders that the steps of a stage name themselves; None if that is not known of one."""
    used: set[str] = set()
    for transform in transforms:
        read = read_coders.get(transform.spec.urn)
        named = read(transform.spec.payload) if read is not None else None
        if named is None:
            return None
        used.update(named)
    return used


def _with_parts(names: Iterable[str], coders: Any) -> dict[str, Any]:
    """Returns coders with those that they consist of, by their names."""
    found: dict[str, Any] = {}
    pending = list(names)
    while pending:
        name = pending.pop()
        # Asking a message's map for what it has not would put it there.
        if name not in found and name in coders:
            found[name] = coders[name]
            pending += found[name].component_coder_ids
    return found


def _coder_readers() -> dict[str, Any]:
    """Returns, by the kind of a step, what reads from its payload which coders it names.

    A reader returns None where that depends on more than it knows: on state and on timers.
    """
    from apache_beam.portability import common_urns
    from apache_beam.portability.api import beam_fn_api_pb2, beam_runner_api_pb2
    from apache_beam.runners.worker import bundle_processor

    def of_port(payload: bytes) -> Iterator[str]:
        yield beam_fn_api_pb2.RemoteGrpcPort.FromString(payload).coder_id

    def of_function(payload: bytes) -> Optional[list[str]]:
        function = beam_runner_api_pb2.ParDoPayload.FromString(payload)
        if function.state_specs or function.timer_family_specs:
            return None
        return [function.restriction_coder_id]

    def of_combination(payload: bytes) -> Iterator[str]:
        yield beam_runner_api_pb2.CombinePayload.FromString(payload).accumulator_coder_id

    def of_windowing(payload: bytes) -> Optional[list[str]]:
        windowing = beam_runner_api_pb2.WindowingStrategy.FromString(payload)
        return [windowing.window_coder_id] if windowing.window_fn.urn in known_windows else None

    def of_none(_payload: bytes) -> tuple[str, ...]:
        return ()

    primitives, splittable = common_urns.primitives, common_urns.sdf_components
    combining = common_urns.combine_components
    known_windows = {
        common_urns.global_windows.urn,
        common_urns.fixed_windows.urn,
        common_urns.sliding_windows.urn,
        common_urns.session_windows.urn,
    }
    return {
        bundle_processor.DATA_INPUT_URN: of_port,
        bundle_processor.DATA_OUTPUT_URN: of_port,
        primitives.PAR_DO.urn: of_function,
        splittable.PAIR_WITH_RESTRICTION.urn: of_function,
        splittable.SPLIT_AND_SIZE_RESTRICTIONS.urn: of_function,
        splittable.TRUNCATE_SIZED_RESTRICTION.urn: of_function,
        splittable.PROCESS_SIZED_ELEMENTS_AND_RESTRICTIONS.urn: of_function,
        combining.COMBINE_PER_KEY_PRECOMBINE.urn: of_combination,
        combining.COMBINE_PER_KEY_MERGE_ACCUMULATORS.urn: of_combination,
        combining.COMBINE_PER_KEY_EXTRACT_OUTPUTS.urn: of_combination,
        combining.COMBINE_PER_KEY_CONVERT_TO_ACCUMULATORS.urn: of_combination,
        combining.COMBINE_GROUPED_VALUES.urn: of_combination,
        primitives.ASSIGN_WINDOWS.urn: of_windowing,
        primitives.FLATTEN.urn: of_none,
        primitives.TO_STRING.urn: of_none,
        bundle_processor.IDENTITY_DOFN_URN: of_none,
    }
