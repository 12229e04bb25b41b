"""What all tests share: signals as a terminal gives them, the orchestrators' environments, real runs."""

from __future__ import annotations

import contextlib
import gc
import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parents[1]

# jsonschema imports a parser of internationalised addresses, which takes a second to make its grammars.
# No test asks for that format; without the package jsonschema leaves it out.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

# Where changes are tried often a property is held to a few examples; HYPOTHESIS_PROFILE=thorough, which
# CI says, holds it to more.
_SLOW_IS_FINE = [HealthCheck.too_slow]  # how fast examples are made says only how loaded the machine is
settings.register_profile("quick", max_examples=20, deadline=None, suppress_health_check=_SLOW_IS_FINE)
settings.register_profile("thorough", max_examples=40, deadline=None, suppress_health_check=_SLOW_IS_FINE)
settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE") or ("thorough" if os.environ.get("CI") else "quick")
)


SLOW = frozenset({"tfx", "airflow", "registry", "kubeflow", "browser", "shell", "fuzz"})
"""The marks of tests that take their time."""


IN_MEMORY = Path("/dev/shm")
ENOUGH_MEMORY = 4 << 30


def pytest_configure(config: pytest.Config) -> None:
    """Lets the fast tests write into memory, where that looks like a disk with room: stores that wait for a
    disk make them twice as long. ``--basetemp`` and PYTEST_DEBUG_TEMPROOT win; the others write gigabytes."""
    if config.getoption("markexpr") not in ("fast", "fast or fuzz") or not hasattr(os, "statvfs"):
        return
    with contextlib.suppress(OSError):
        found = os.statvfs(IN_MEMORY)
        if os.access(IN_MEMORY, os.W_OK) and found.f_bavail * found.f_frsize > ENOUGH_MEMORY:
            os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(IN_MEMORY))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Collects the tests without the collector of garbage, and keeps what stays to the end out of its way."""
    gc.disable()
    yield
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    gc.enable()


def pytest_runtest_teardown() -> None:
    """Switches the collector on again: a command that ran in this process has switched it off."""
    gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """Looks once for garbage that the last tests left: pytest would five times, and Python when it ends, each
    time through all that the run has brought into the process."""
    gc.collect(1)
    gc.freeze()
    gc.disable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests that have none of the marks of `SLOW` as fast."""
    for item in items:
        if not any(mark.name in SLOW for mark in item.iter_markers()):
            item.add_marker(pytest.mark.fast)


@pytest.fixture(scope="session", autouse=True)
def heeded_signals() -> Iterator[None]:
    """Heeds the signals that whoever started the tests ignores (``nohup``, a shell's background job).

    tfxc leaves an ignored signal ignored, and so do the processes that it starts; the tests of Ctrl-C
    need it heeded.
    """
    ignored = [
        number
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        if signal.getsignal(number) is signal.SIG_IGN
    ]
    for number in ignored:
        signal.signal(number, signal.default_int_handler if number is signal.SIGINT else signal.SIG_DFL)
    yield
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)


@pytest.fixture(scope="session", autouse=True)
def no_standby_launcher() -> Iterator[None]:
    """Leaves none of the tests' runs a standby launcher: a test that wants one says so itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TFXC_STANDBY_IDLE", "0")
        yield


@pytest.fixture(scope="session")
def environment() -> Callable[[str], Path]:
    """Returns a function that gives the folder of one of ``.ci/environments``' environments, built
    if it is not there yet."""
    folders: dict[str, Path] = {}

    def folder(name: str) -> Path:
        if name not in folders:
            done = subprocess.run(
                [str(ROOT / ".ci" / "environments"), name], capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stderr
            folders[name] = ROOT / ".venvs" / name
        return folders[name]

    return folder


@pytest.fixture(scope="session")
def real_runs() -> ModuleType:
    """Returns tests/backends/pipelines.py, which runs whole pipelines on every backend."""
    path = Path(__file__).parent / "backends" / "pipelines.py"
    specification = importlib.util.spec_from_file_location("real_runs", path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules["real_runs"] = module  # where dataclasses look their module up
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def simulated(real_runs: Any, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Any]:
    """Returns a function that gives what `tfxc kubeflow simulate` of an example left, run once.

    ``custom`` runs twice, plainly and eventfully; ``penguin`` once.
    """
    left: dict[str, Any] = {}

    def run(name: str) -> Any:
        if name not in left:
            custom = name == "custom"
            runs = (real_runs.PLAIN, real_runs.EVENTFUL) if custom else (real_runs.PLAIN,)
            folder = tmp_path_factory.mktemp(f"simulated-{name}")
            left[name] = real_runs.simulate(name, folder, runs, *(("--env", "impatient") if custom else ()))
        return left[name]

    return run


@pytest.fixture(scope="session")
def small_servers() -> ModuleType:
    """Returns tests/web/servers.py: an HTTP server and an SMTP server that keep what they are sent."""
    path = Path(__file__).parent / "web" / "servers.py"
    specification = importlib.util.spec_from_file_location("small_servers", path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules["small_servers"] = module  # dataclasses look their module up
    specification.loader.exec_module(module)
    return module


@pytest.fixture
def web(small_servers: ModuleType) -> Iterator[Any]:
    """Yields an HTTP server that says ok to everything."""
    with small_servers.web_server() as server:
        yield server


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of 127.0.0.1 that signs itself, and its key."""
    import datetime
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    folder = tmp_path_factory.mktemp("certificate")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "server.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "server.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return folder / "server.pem", folder / "server.key"
