"""What an Alert does when its turn comes."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

from tfx.types.artifact_utils import get_single_instance

from tfxc.backends.alerts.message import body
from tfxc.backends.alerts.notice import Notice
from tfxc.backends.alerts.send import DESTINATIONS
from tfxc.backends.launcher.components.outcomes import REASON, SENT, SENT_TO
from tfxc.backends.launcher.components.read_findings import not_blessed, read_findings
from tfxc.backends.launcher.components.run_so_far import Arguments
from tfxc.backends.launcher.components.watching_executor import WatchingExecutor
from tfxc.schemas.failures import Failure
from tfxc.schemas.words.wording import joined

_RECORD = "sent_to_{}"


class Executor(WatchingExecutor):
    """Sends what was found, to each destination once, and keeps what was sent."""

    def Do(  # noqa: N802 - TFX's name
        self, input_dict: Any, output_dict: Any, exec_properties: dict[str, Any]
    ) -> None:
        """Raises Failure if something cannot be sent, unless that is only to be told of."""
        self._log_startup(input_dict, output_dict, {})
        models = {name: model for name, (model, _) in DESTINATIONS.items()}
        arguments = Arguments.of(self._node, exec_properties, self._run.values, models)
        inputs = {**input_dict}
        for name, artifacts in self._run.published.items():
            inputs[name] = [*inputs.get(name, ()), *artifacts]
        notice = self._notice(inputs, exec_properties)
        alert = get_single_instance(output_dict["alert"])
        sent: list[str] = []
        reasons: list[str] = []
        failures: list[str] = []
        if notice.is_told(json.loads(exec_properties["alert_on"])):
            self._send(arguments, notice, sent, reasons, failures)
        else:
            reasons.append("there was nothing to tell")
        if failures and exec_properties["on_error"] == "fail":
            raise Failure(" ".join(failures))
        for failure in failures:
            logging.getLogger("absl").warning("%s", failure)
        alert.value = {**body(notice), "sent_to": sent}
        alert.set_int_custom_property(SENT, int(bool(sent)))
        alert.set_string_custom_property(SENT_TO, ", ".join(sent))
        alert.set_string_custom_property(REASON, " ".join([*reasons, *failures]))

    def _send(
        self, arguments: Arguments, notice: Notice, sent: list[str], reasons: list[str], failures: list[str]
    ) -> None:
        """Sends to every destination, whatever becomes of the others."""
        before = self._run.done()
        told_before = []
        for name in arguments.symbolic:
            if before.get(_RECORD.format(name)) == notice.key:
                told_before.append(name)
                continue
            _, send = DESTINATIONS[name]
            try:
                more = send(arguments.settings(name), notice)
            except Failure as failure:
                failures.append(arguments.hidden(str(failure)))
                continue
            except Exception as error:  # noqa: BLE001 - a traceback may have a secret in it
                failures.append(arguments.hidden(f"{name} failed: {type(error).__name__}: {error}"))
                continue
            self._run.record(_RECORD.format(name), notice.key)
            logging.getLogger("absl").info("The alert was sent by %s.", name)
            sent.append(name)
            if more:
                reasons.append(arguments.hidden(f"{more}."))
        if told_before:
            reasons.append(f"{joined(told_before, 'and')} had this alert of this run before")

    def _notice(self, input_dict: Mapping[str, Any], exec_properties: Mapping[str, Any]) -> Notice:
        return Notice(
            pipeline=self._pipeline,
            run_id=self._run_id,
            run_date=self._run.values.run_date,
            node=self._node,
            state=self._run.state,
            found=read_findings(input_dict, self._run.maker),
            not_blessed=not_blessed(input_dict, self._run.maker),
            failed=self._run.failed,
            report=self._run.report,
            report_url=exec_properties.get("report_url"),
        )
