"""What the local backend declares, checks and emits; machines; bundles."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from tfxc.backends import load_backend
from tfxc.backends.launcher.protocol.limits import LAUNCHER_CANNOT
from tfxc.backends.local.backend import machine_findings, settings_of
from tfxc.backends.local.running.bundle import is_bundle, read_bundle
from tfxc.backends.local.running.machine import NVIDIA, Machine, this_machine
from tfxc.schemas.execution_options import EXECUTION_OPTIONS
from tfxc.schemas.failures import Failure, WrongUse
from tfxc.schemas.plan import Accelerator, Plan, PlanModuleFolder, Resources

MODULES = {PurePosixPath("modules/0/penguin.py"): b"x = 1\n", PurePosixPath("modules/0/a/b.py"): b""}


def bundled(plan: Plan) -> Plan:
    folder = PlanModuleFolder(source=".", files=("a/b.py", "penguin.py"), sha256="0" * 64)
    return plan.model_copy(update={"modules": (folder,)})


def test_it_honours_all_but_what_its_launcher_cannot_do() -> None:
    backend = load_backend("local")
    assert backend.name == "local"
    assert backend.honours == frozenset(EXECUTION_OPTIONS) - frozenset(LAUNCHER_CANNOT)


def test_accelerators_of_a_cluster_are_refused(
    make_plan: Callable[..., Plan], make_node: Callable[..., Any]
) -> None:
    plan = make_plan(
        make_node("a", resources=Resources(accelerator=Accelerator(type="google.com/tpu"))),
        make_node("b", resources=Resources(accelerator=Accelerator(type=NVIDIA))),
    )
    (finding,) = load_backend("local").check(plan)
    assert finding.code == "B101"
    assert finding.path == ("components", "a", "execution", "resources", "accelerator", "type")
    assert "google.com/tpu" in finding.message


def test_what_this_machine_lacks_is_found_before_a_run(
    make_plan: Callable[..., Plan], make_node: Callable[..., Any]
) -> None:
    wants = Resources(cpu=64, memory=8 * 2**30, accelerator=Accelerator(type=NVIDIA, count=2))
    plan = make_plan(make_node("a", resources=wants), make_node("b"))
    assert machine_findings(plan, Machine(64, 2**34, {NVIDIA: 2})) == []
    memory, accelerator = machine_findings(plan, Machine(2, 2**32, {NVIDIA: 1}))
    assert memory.message == "`a` asks for 8 GiB of memory, and this machine has 4 GiB"
    assert accelerator.message == f"`a` asks for 2 × {NVIDIA}, and this machine has 1"


def test_this_machine_has_something() -> None:
    machine = this_machine()
    assert machine.cores >= 1
    assert machine.memory > 2**28


@pytest.mark.parametrize(
    ("files", "cores", "memory"),
    [
        ({"cpu.max": "100000 100000\n", "memory.max": "268435456\n"}, 1, 268435456),
        ({"cpu.max": "50000 100000\n"}, 1, None),
        ({"cpu.max": "max 100000\n", "memory.max": "max\n"}, None, None),
        ({"cpu/cpu.cfs_quota_us": "100000", "cpu/cpu.cfs_period_us": "100000"}, 1, None),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, None, None),
        ({"memory/memory.limit_in_bytes": "9223372036854771712"}, None, None),
    ],
)
def test_limits_of_a_control_group_count(
    tmp_path: Path, files: dict[str, str], cores: int | None, memory: int | None
) -> None:
    for name, text in files.items():
        path = tmp_path / "sys/fs/cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    bare = this_machine(tmp_path / "nowhere")
    found = this_machine(tmp_path)
    assert found.cores == (bare.cores if cores is None else cores)
    assert found.memory == (bare.memory if memory is None else memory)


def test_graphics_cards_are_counted(tmp_path: Path) -> None:
    (tmp_path / "dev").mkdir()
    for name in ("nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm", "null"):
        (tmp_path / "dev" / name).touch()
    assert this_machine(tmp_path).accelerators == {NVIDIA: 2}


def test_settings(make_plan: Callable[..., Plan]) -> None:
    assert settings_of(make_plan()).jobs is None
    assert settings_of(make_plan(backends={"local": {"jobs": 3}})).jobs == 3


def test_a_bundle_can_be_read_back(
    tmp_path: Path, make_plan: Callable[..., Plan], make_node: Callable[..., Any]
) -> None:
    plan = bundled(make_plan(make_node("a")))
    bundle = load_backend("local").emit(plan, MODULES)
    assert bundle == load_backend("local").emit(plan, dict(reversed(MODULES.items())))
    for path, content in bundle.files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    for place in (tmp_path, tmp_path / "plan.json"):
        assert is_bundle(place)
        read = read_bundle(place)
        assert (read.plan, read.modules, read.folder) == (plan, MODULES, tmp_path)


def test_a_spec_is_no_bundle(tmp_path: Path) -> None:
    (tmp_path / "pipeline.yaml").touch()
    assert not is_bundle(tmp_path / "pipeline.yaml")
    assert not is_bundle(tmp_path)


def test_bundles_that_cannot_be_run(
    tmp_path: Path, make_plan: Callable[..., Plan], make_node: Callable[..., Any]
) -> None:
    with pytest.raises(WrongUse, match=r"the bundle cannot be read: .*plan.json: no such file"):
        read_bundle(tmp_path / "plan.json")
    (tmp_path / "plan.json").write_text('{"format": "tfxc.plan/99"}')
    with pytest.raises(WrongUse, match=r"plan.json is of the format tfxc.plan/99, made by a newer tfxc"):
        read_bundle(tmp_path)
    (tmp_path / "plan.json").write_text(bundled(make_plan(make_node("a"))).to_json())
    with pytest.raises(Failure, match=r"the bundle is not complete, .*modules/0/a/b.py: no such file"):
        read_bundle(tmp_path)
