"""What a PipelineTrigger does when its turn comes."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any, Optional

from tfx.types.artifact_utils import get_single_instance

from tfxc.backends.launcher.components.outcomes import REASON, RUN, TRIGGERED, WHERE
from tfxc.backends.launcher.components.read_findings import Maker, not_blessed, read_findings
from tfxc.backends.launcher.components.run_so_far import Arguments
from tfxc.backends.launcher.components.watching_executor import WatchingExecutor
from tfxc.backends.triggers import airflow, kubeflow, local, webhook
from tfxc.backends.triggers.values import TriggeredRun, TriggerRequest
from tfxc.schemas.components.trigger import AirflowTarget, KubeflowTarget, LocalTarget, WebhookTarget
from tfxc.schemas.failures import Failure
from tfxc.schemas.protos.base import ConfigModel

TARGETS: Mapping[str, type[ConfigModel]] = {
    "airflow": AirflowTarget,
    "kubeflow": KubeflowTarget,
    "local": LocalTarget,
    "webhook": WebhookTarget,
}
_PARAMETERS = "parameters"
_WORDS: Mapping[str, str] = {
    "anomalies": "there are anomalies",
    "not_blessed": "a model is not blessed",
    "always": "it always does",
}


class Executor(WatchingExecutor):
    """Starts another pipeline if what was found asks for it, once for each run of its own."""

    def Do(  # noqa: N802 - TFX's name
        self, input_dict: Any, output_dict: Any, exec_properties: dict[str, Any]
    ) -> None:
        """Raises Failure if it cannot be started."""
        self._log_startup(input_dict, output_dict, {})
        wanted = json.loads(exec_properties["trigger_on"])
        reasons = tuple(reason for reason in _reasons(input_dict, self._run.maker) if reason in wanted)
        started: Optional[TriggeredRun] = None
        if reasons:
            plain = (_PARAMETERS,)
            arguments = Arguments.of(self._node, exec_properties, self._run.values, TARGETS, plain)
            started = self._start(arguments, self._request(arguments, reasons))
        why = " and ".join(_WORDS[reason] for reason in reasons) or "nothing asked for it"
        made = get_single_instance(output_dict["triggered_run"])
        if started is not None:
            why = "; ".join(each for each in (why, started.note) if each)
            logging.getLogger("absl").info("%s is the run %s.", started.where, started.run)
        run, where = (started.run, started.where) if started is not None else ("", "")
        made.value = {TRIGGERED: started is not None, RUN: run, WHERE: where, REASON: why}
        made.set_int_custom_property(TRIGGERED, int(started is not None))
        made.set_string_custom_property(RUN, run)
        made.set_string_custom_property(WHERE, where)
        made.set_string_custom_property(REASON, why)

    def _start(self, arguments: Arguments, request: TriggerRequest) -> TriggeredRun:
        """Starts the run, unless an earlier attempt has and has said so. Raises Failure without secrets."""
        (target,) = (name for name in TARGETS if name in arguments.symbolic)
        before = self._run.done().get(target)
        if before is not None:
            return TriggeredRun(**json.loads(before))
        try:
            started = self._started(target, arguments, request)
        except Failure as failure:
            raise Failure(arguments.hidden(str(failure))) from None
        except Exception as error:  # noqa: BLE001 - a traceback may have a secret in it
            sentence = f"{target} failed: {type(error).__name__}: {error}"
            raise Failure(arguments.hidden(sentence)) from None
        kept = {"run": started.run, "where": started.where, "is_new": False, "note": started.note}
        self._run.record(target, json.dumps(kept))
        return started

    def _started(self, target: str, arguments: Arguments, request: TriggerRequest) -> TriggeredRun:
        settings = arguments.settings(target)
        if target == "airflow":
            return airflow.start(settings, request)
        if target == "kubeflow":
            return kubeflow.start(settings, request)
        if target == "webhook":
            return webhook.start(settings, request)
        return local.start(settings, request, self._run.environment)

    def _request(self, arguments: Arguments, reasons: tuple[str, ...]) -> TriggerRequest:
        return TriggerRequest(
            pipeline=self._pipeline,
            run_id=self._run_id,
            node=self._node,
            reasons=reasons,
            parameters=arguments.value(_PARAMETERS) if _PARAMETERS in arguments.symbolic else {},
        )


def _reasons(input_dict: Mapping[str, Any], maker: Maker) -> tuple[str, ...]:
    """Returns all reasons that there are to start something."""
    anomalies = bool(read_findings({"anomalies": input_dict.get("anomalies")}, maker).anomalies)
    found = (
        ("anomalies", anomalies),
        ("not_blessed", bool(not_blessed(input_dict, maker))),
        ("always", True),
    )
    return tuple(reason for reason, is_there in found if is_there)
