"""The tables of settings in docs/airflow.md are those of the models.

To write them anew after a change that was meant: TFXC_UPDATE_GOLDEN=1 pytest tests/airflow/test_docs_page.py
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from pydantic import BaseModel

from tfxc.backends.airflow import containers, settings

PAGE = Path(__file__).resolve().parents[2] / "docs" / "airflow.md"
HEADING = "The keys of `backends.airflow`:\n"
TABLES: dict[str, type[BaseModel]] = {
    "": settings.AirflowSettings,
    "`assets`:": settings.AssetSchedule,
    "`on_failure`:": settings.FailureSettings,
    "`on_failure.email`:": settings.EmailSettings,
    "`bash`:": settings.BashSettings,
    "`docker`:": containers.DockerSettings,
    "Each of `docker.mounts`:": containers.DockerMount,
    "`kubernetes`:": containers.KubernetesSettings,
    "Each of `kubernetes.volumes`:": containers.ClaimMount,
    "Each of `kubernetes.secret_files` and `kubernetes.config_map_files`:": containers.SecretMount,
    "Each of `tolerations`:": containers.Toleration,
    "Each of `secrets`, one source:": settings.SecretSource,
    "Each of `pools`:": settings.PoolSettings,
    "Each of `nodes`:": settings.NodeSettings,
}


def table(model: type[BaseModel]) -> list[str]:
    """Returns a Markdown table of a model's keys, with defaults that are plain values."""
    lines = ["| key | default | |", "| --- | --- | --- |"]
    for name, field in model.model_fields.items():
        default = None if field.is_required() else field.get_default(call_default_factory=True)
        shown = "required" if field.is_required() else ""
        if isinstance(default, (bool, int, str)) and default != "":
            shown = f"`{default if isinstance(default, str) else json.dumps(default)}`"
        lines.append(f"| `{name}` | {shown} | {field.description} |")
    return lines


def test_the_tables_of_settings_are_complete() -> None:
    lines = []
    for title, model in TABLES.items():
        lines += [*([title, ""] if title else []), *table(model), ""]
    expected = "\n".join(lines)
    page = PAGE.read_text(encoding="utf-8")
    if os.environ.get("TFXC_UPDATE_GOLDEN"):
        page = f"{page.partition(HEADING)[0]}{HEADING}\n{expected}"
        PAGE.write_text(page, encoding="utf-8")
    assert page.partition(HEADING)[2].strip() == expected.strip()
