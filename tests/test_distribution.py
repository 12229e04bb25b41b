"""The wheel holds every file that the commands need, and works without the repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.shell

ROOT = Path(__file__).parents[1]
FOLDERS = ("schemas", "backends", "compiler")


LEFT_BY_RUNS = (
    "specs/penguin/runs/metadata.sqlite",
    "specs/penguin/runs/.tfxc/20260101-1/modules/0/models/model.py",
    "specs/penguin/serving/1/saved_model.pb",
    "specs/taxi/data/taxi.csv",
)


def examples() -> list[str]:
    """Returns the files of the examples, as the repository has them."""
    listed = subprocess.run(
        ["git", "ls-files", "specs"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return listed.stdout.split()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Builds a wheel from a copy of the sources: a build writes beside them."""
    copy = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "setup.py", "README.md"):
        shutil.copy(ROOT / name, copy / name)
    for folder in ("package", *FOLDERS):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in examples():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, copy / name)
    for left in LEFT_BY_RUNS:
        (copy / left).parent.mkdir(parents=True, exist_ok=True)
        (copy / left).write_text("left by a run or a generator", encoding="utf-8")
    target = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*build, "--wheel-dir", str(target), str(copy)], check=True)
    return next(target.glob("tfxc-*.whl"))


def test_wheel_holds_every_source_file(wheel: Path) -> None:
    expected = {
        f"tfxc/{path.relative_to(ROOT).as_posix()}"
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    expected |= {f"tfxc/{name}" for name in examples()}
    held = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("tfxc/")}
    assert held == expected | {"tfxc/__main__.py", "tfxc/testing.py"}


def test_python_runs_the_wheel_as_a_module(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path)
    dependencies = next(path for path in sys.path if path.endswith("site-packages"))
    paths = {**os.environ, "PYTHONPATH": os.pathsep.join((str(tmp_path), dependencies))}
    command = [sys.executable, "-S", "-m", "tfxc", "explain", "T204"]
    done = subprocess.run(command, cwd=tmp_path, env=paths, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("# T204")


def test_python_runs_an_editable_install_as_a_module(tmp_path: Path) -> None:
    copy, target, site = (tmp_path / name for name in ("source", "wheel", "site"))
    for folder in ("package", *FOLDERS):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "setup.py", "README.md"):
        shutil.copy(ROOT / name, copy / name)
    (copy / "specs").mkdir()
    build = "import sys; from setuptools.build_meta import build_editable; build_editable(sys.argv[1])"
    target.mkdir()
    subprocess.run([sys.executable, "-c", build, str(target)], cwd=copy, capture_output=True, check=True)
    zipfile.ZipFile(next(target.glob("*.whl"))).extractall(site)
    dependencies = next(path for path in sys.path if path.endswith("site-packages"))
    program = (
        "import runpy, site, sys\n"
        f"site.addsitedir({str(site)!r})\n"  # before the editable install that runs this test
        f"sys.path.append({dependencies!r})\n"
        "sys.argv = ['tfxc', 'explain', 'T204']\n"
        "runpy.run_module('tfxc', run_name='__main__', alter_sys=True)\n"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("# T204")


def test_wheel_installs_nothing_but_tfxc(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"tfxc"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["explain", "T204"],
        ["components", "Trainer"],
        ["new", "--list"],
        ["new", "taxi", "{output}"],
        ["init", "{output}", "--data", "specs/penguin/data/penguins.csv", "--label", "species"],
        ["validate", "specs/penguin/pipeline.yaml"],
        ["compile", "specs/penguin/pipeline.yaml", "--backend", "airflow", "-o", "{output}"],
        [
            "compile",
            "specs/penguin/pipeline.yaml",
            "--env",
            "prod",
            "--backend",
            "kubeflow",
            "-o",
            "{output}",
        ],
    ],
    ids=lambda arguments: " ".join(arguments[:6]),
)
def test_installed_wheel_works(wheel: Path, tmp_path: Path, arguments: list[str]) -> None:
    site = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(site)
    # `-S` leaves out the editable install; the wheel comes first, and then what it depends on.
    dependencies = next(path for path in sys.path if path.endswith("site-packages"))
    program = (
        f"import sys; sys.path[:0] = [{str(site)!r}, {dependencies!r}]\n"
        "from tfxc.compiler import cli\n"
        f"assert cli.__file__.startswith({str(site)!r})\n"
        "sys.argv[0] = 'tfxc'\n"
        "cli.main()\n"
    )
    output = tmp_path / "output"
    given = [argument.format(output=output) for argument in arguments]
    done = subprocess.run(
        [sys.executable, "-S", "-c", program, *given], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
