"""The Airflow backend: a Plan becomes one DAG file for Airflow 2.11 and 3, and what it reads.

Nothing here imports Airflow; the DAG file imports nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from tfxc.backends import Bundle
from tfxc.backends.airflow.settings import AirflowSettings
from tfxc.backends.launcher.protocol.limits import LAUNCHER_CANNOT, LAUNCHER_HONOURS
from tfxc.schemas.diagnostics import Finding
from tfxc.schemas.plan import Plan

if TYPE_CHECKING:
    from pydantic import BaseModel


class AirflowBackend:
    """Satisfies `tfxc.backends.Backend`.

    Resources and containers depend on the operator that the settings choose: `check` refuses what that one
    cannot give.
    """

    name = "airflow"
    settings: type[BaseModel] = AirflowSettings
    honours = LAUNCHER_HONOURS | {
        "retries",
        "retry_delay",
        "retry_exponential_backoff",
        "timeout",
        "trigger_strategy",
        "cpu",
        "memory",
        "accelerator",
        "container",
        "on_exit",
    }
    cannot: Mapping[str, str] = LAUNCHER_CANNOT

    def check(self, plan: Plan) -> list[Finding]:
        """Returns what Airflow, or the chosen operator, cannot do with the Plan."""
        from tfxc.backends.airflow.check import check

        return check(plan, self._settings(plan))

    def emit(self, plan: Plan, modules: Mapping[PurePosixPath, bytes]) -> Bundle:
        """Returns the bundle. The same Plan and modules give the same bytes."""
        from tfxc.backends.airflow.emit import bundle

        return bundle(plan, self._settings(plan), modules)

    def _settings(self, plan: Plan) -> AirflowSettings:
        return AirflowSettings.model_validate(plan.backends.get(self.name, {}))


BACKEND = AirflowBackend()
