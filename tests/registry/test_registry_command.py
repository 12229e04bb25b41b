"""``tfxc registry``: what it prints, asks and refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tfxc.backends.registry.base import open_registry, register_once
from tfxc.backends.registry.values import Registration
from tfxc.compiler.cli import app
from tfxc.compiler.commands.model_options import named_model
from tfxc.schemas.failures import WrongUse

Run = Callable[..., Result]


@pytest.fixture
def run(
    kubeflow_server: Any, registration: Callable[..., Registration], monkeypatch: pytest.MonkeyPatch
) -> Run:
    """Returns a function that runs a command on a registry with two versions of penguin, and one of evil."""
    address, _, token = kubeflow_server
    monkeypatch.setenv("MODEL_REGISTRY_TOKEN", token)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    registry = open_registry({"kubeflow": {"server_address": address}}, {"MODEL_REGISTRY_TOKEN": token})
    register_once(registry, registration("penguin", artifact=1, alias="champion", metrics={"auc": 0.8}))
    register_once(registry, registration("penguin", artifact=2, metrics={"auc": 0.9, "loss": 0.1}))
    register_once(registry, registration("evil", parameters={"\x1b[2J": "a\nb\x07"}, alias=None))

    def run_it(*words: str, **more: Any) -> Result:
        return CliRunner().invoke(app, ["registry", *words, "--kubeflow", address], **more)

    return run_it


def test_models(run: Run) -> None:
    assert run("list").stdout.splitlines() == [
        "model    latest  aliases",
        "evil     1",
        "penguin  2       champion: 1, challenger: 2",
    ]
    listed = json.loads(run("list", "--json").stdout)
    assert listed[1] == {"name": "penguin", "latest": "2", "aliases": {"champion": "1", "challenger": "2"}}


def test_versions(run: Run) -> None:
    heading, second, first = run("list", "penguin").stdout.splitlines()
    assert heading.split() == ["version", "aliases", "created", "pipeline", "run"]
    assert second.split()[:3] == ["2", "challenger", "2023-11-14"]
    assert first.split()[:2] == ["1", "champion"]
    assert [each["uri"] for each in json.loads(run("list", "penguin", "--json").stdout)] == [
        "models:/penguin/2",
        "models:/penguin/1",
    ]


def test_one_version(run: Run) -> None:
    shown = run("show", "models:/penguin@challenger").stdout
    assert shown.startswith("models:/penguin/2\n")
    assert "  auc   0.9\n" in shown
    assert "  train_steps  200\n" in shown
    assert json.loads(run("show", "models:/penguin/2", "--json").stdout)["metrics"] == {
        "auc": 0.9,
        "loss": 0.1,
    }


def test_what_a_registry_says_does_nothing_to_a_terminal(run: Run) -> None:
    shown = run("show", "models:/evil/1").stdout
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "a b" in shown


def test_promoting(run: Run) -> None:
    promoted = run("promote", "models:/penguin@challenger", "--alias", "champion", "--yes")
    assert promoted.stdout == "champion of penguin is version 2 (it was 1)\n"
    again = run("promote", "models:/penguin/2", "--alias", "champion")
    assert again.stdout == "champion of penguin is already version 2\n"
    back = run("promote", "models:/penguin/1", "--alias", "champion", "--yes", "--json")
    assert json.loads(back.stdout) == {"name": "penguin", "alias": "champion", "version": "1", "before": "2"}
    assert run("show", "models:/penguin@champion").stdout.startswith("models:/penguin/1\n")


@pytest.mark.parametrize(
    ("address", "options", "code"),
    [
        ("models:/penguin/2", ["--if-better", "auc"], 0),
        ("models:/penguin/1", ["--if-better", "auc"], 0),  # it is the champion already
        ("models:/penguin/2", ["--if-better", "auc", "--lower-is-better"], 1),
        ("models:/penguin/2", ["--if-better", "loss"], 2),
        ("models:/penguin/2", ["--if-better", "nothing"], 2),
        ("models:/penguin/2", ["--lower-is-better"], 2),
    ],
)
def test_promoting_if_better(run: Run, address: str, options: list[str], code: int) -> None:
    done = run("promote", address, "--alias", "champion", "--yes", *options)
    assert done.exit_code == code
    champion = json.loads(run("show", "models:/penguin@champion", "--json").stdout)["version"]
    assert champion == (address[-1] if code == 0 else "1")


def test_a_model_that_is_no_better_stays_what_it_is(run: Run) -> None:
    run("promote", "models:/penguin/2", "--alias", "champion", "--yes")
    done = run("promote", "models:/penguin/1", "--alias", "champion", "--yes", "--if-better", "auc")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "models:/penguin/1 is not better: its auc is 0.8, that of version 2 is 0.9." in done.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["promote", "models:/penguin/2", "--alias", "champion"], "nobody is there to ask: give --yes."),
        (["promote", "models:/penguin/2", "--alias", "latest", "--yes"], "registries keep `latest`"),
        (["show", "penguin"], "write `models:/NAME/VERSION` or `models:/NAME@ALIAS`"),
        (["list", "--mlflow", "http://x"], "not both"),
    ],
)
def test_wrong_use(run: Run, words: list[str], says: str) -> None:
    done = run(*words)
    assert done.exit_code == 2
    assert says in done.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["show", "models:/nobody/1"], "no model `nobody`"),
        (["show", "models:/penguin/9"], "no version 9 of `penguin`"),
        (["show", "models:/penguin@prod"], "has the alias `prod`"),
        (["list", "nobody"], "no model `nobody`"),
    ],
)
def test_what_is_not_there(run: Run, words: list[str], says: str) -> None:
    done = run(*words)
    assert done.exit_code == 1
    assert says in done.stderr


def test_without_a_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    done = CliRunner().invoke(app, ["registry", "list"])
    assert done.exit_code == 2
    assert "which registry?" in done.stderr


def test_a_download(run: Run, tmp_path: Path) -> None:
    done = run("download", "models:/penguin/1", "-o", str(tmp_path / "copy"))
    assert done.exit_code == 0, done.stderr
    assert (tmp_path / "copy" / "saved_model.pb").read_bytes() == b"graph"
    again = run("download", "models:/penguin/1", "-o", str(tmp_path / "copy"))
    assert (again.exit_code, "is there already" in again.stderr) == (1, True)


@pytest.fixture
def deploy(kubeflow_server: Any, registration: Callable[..., Registration], monkeypatch: Any) -> Run:
    """Returns a function that deploys penguin; of its registered versions 1 says where it is served from."""
    address, _, token = kubeflow_server
    monkeypatch.setenv("MODEL_REGISTRY_TOKEN", token)
    registry = open_registry({"kubeflow": {"server_address": address}}, {"MODEL_REGISTRY_TOKEN": token})
    served = registration("penguin")
    tags = {**served.tags, "tfxc.served_version": "1795617939"}
    register_once(registry, replace(served, tags=tags, alias="champion"))
    register_once(registry, registration("penguin", artifact=8))
    spec = str(Path(__file__).parents[2] / "specs" / "penguin" / "pipeline.yaml")

    def run_it(*words: str) -> Result:
        options = ["--env", "prod", "--target", "kubernetes", "--kubeflow", address, *words]
        return CliRunner().invoke(app, ["deploy", spec, *options])

    return run_it


def test_deploying_what_an_alias_means(deploy: Run, tmp_path: Path) -> None:
    by_alias, by_number = tmp_path / "alias", tmp_path / "number"
    done = deploy("--model", "models:/penguin@champion", "-o", str(by_alias))
    assert done.exit_code == 0, done.stderr
    assert deploy("--stable", "1795617939", "-o", str(by_number)).exit_code == 0
    files = {path.name: path.read_bytes() for path in by_alias.rglob("*") if path.is_file()}
    assert files == {path.name: path.read_bytes() for path in by_number.rglob("*") if path.is_file()}
    assert any(b"1795617939" in content for content in files.values())


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--model", "models:/penguin/1", "--stable", "3"], 2, "not both"),
        (["--model", "penguin"], 2, "models:/NAME/VERSION"),
        (["--model", "models:/penguin@challenger"], 1, "served_model: pusher.pushed_model"),
        (["--model", "models:/penguin@nobody"], 1, "has the alias `nobody`"),
    ],
)
def test_what_is_not_deployed(deploy: Run, tmp_path: Path, words: list[str], code: int, says: str) -> None:
    done = deploy(*words, "-o", str(tmp_path / "out"))
    assert done.exit_code == code
    assert says in done.stderr
    assert not (tmp_path / "out").exists()


def test_predict_and_serve_take_a_registered_model(run: Run, kubeflow_server: Any) -> None:
    address = kubeflow_server[0]
    found = named_model(Path("models:/penguin@champion"), None, None, [], kubeflow=address)
    assert (found.name, list(found.versions())) == ("penguin", [1])
    assert (found.newest() / "saved_model.pb").is_file()
    assert named_model(Path("models:/penguin/2"), None, None, [], "mine", kubeflow=address).name == "mine"
    for path, options, reason in (
        ("models:/penguin", {"kubeflow": address}, "is no model of a registry"),
        ("models:/penguin/1", {}, "which registry?"),
        ("models:/penguin/1", {"blessed": True}, "--blessed is for a spec"),
        ("pipeline.yaml", {"mlflow": "http://x"}, "are for a model of a registry"),
    ):
        with pytest.raises(WrongUse, match=reason.replace("?", r"\?")):
            named_model(Path(path), None, None, [], **options)
