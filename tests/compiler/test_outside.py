"""Of a file outside the spec's repository nothing is shown, whatever way it is read and written about."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfxc.compiler.cli import run

SECRETS = {
    "shadow": "root:$6$hunter2:19000:0:99999:7:::\nhunter2\n",
    "config": "apiVersion: hunter2\nusers:\n- token: hunter2\n",
    "spec-like": "name: hunter2 hunter2\nversion: hunter2\nparameters: hunter2\ncomponents: [hunter2]\n",
    "twice": "hunter2: 1\nhunter2: 2\nx: *hunter2\n",
    "alias": "x: *hunter2\n",
    "number": "x: 0_1\nhunter2: 010\n",
    "tag": "x: !hunter2 y\n",
    "nested": "components: {hunter2: {type: Hunter2}}\nenvironments: {hunter2: {extends: hunter2}}\n",
    "extends": "extends: [hunter2]\n",
    "broken": "hunter2: [\n",
    "bytes": "hunter2\x00\n",
}
SPEC = "version: 1\nname: mine\ncomponents: {{e: {{type: CsvExampleGen, input_base: data}}}}\nextends: {}\n"


@pytest.mark.parametrize("way", ["path", "absolute", "link", "folder link", "itself", "chain"])
@pytest.mark.parametrize("content", SECRETS.values(), ids=list(SECRETS))
def test_nothing_of_a_file_outside_is_shown(
    tmp_path: Path, content: str, way: str, capsys: pytest.CaptureFixture[str]
) -> None:
    inside = tmp_path / "inside"
    (inside / "sub").mkdir(parents=True)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_text(content)
    (inside / "link").symlink_to("../outside/file")
    (inside / "folder").symlink_to("../outside")
    target = {
        "path": "../outside/file",
        "absolute": str(outside / "file"),
        "link": "link",
        "folder link": "folder/file",
        "itself": "",
        "chain": "sub/base.yaml",
    }[way]
    (inside / "sub" / "base.yaml").write_text("extends: ../link\n")
    spec = inside / "pipeline.yaml"
    spec.symlink_to("link") if way == "itself" else spec.write_text(SPEC.format(target))
    if way == "itself":
        run(["validate", str(spec)])
        # the user named it, so its mistakes are told, but no line of it is printed
        assert " | " not in capsys.readouterr().out
        return
    for format in ("text", "json", "github", "sarif"):
        exit_code = run(["validate", str(spec), "--format", format])
        out, err = capsys.readouterr()
        assert "hunter2" not in out + err
        assert (exit_code, bool(out)) == (1, True)


def test_a_repository_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "specs" / "one").mkdir(parents=True)
    (tmp_path / "base.yaml").write_text("version: 1\nnmae: shared\n")
    spec = tmp_path / "specs" / "one" / "pipeline.yaml"
    spec.write_text(SPEC.format("../../base.yaml"))
    assert run(["validate", str(spec)]) == 1
    assert "2 | nmae: shared" in capsys.readouterr().out


def test_a_good_file_outside_can_be_extended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "base.yaml").write_text("description: shared\nparameters: {x: {type: int, default: 1}}\n")
    spec = tmp_path / "inside" / "pipeline.yaml"
    spec.write_text(SPEC.format("../base.yaml"))
    assert run(["validate", str(spec)]) == 0
    out = capsys.readouterr().out
    assert "warning[W701]: a parameter that is never used" in out
    assert "base.yaml:2:14" in out
    assert "{type: int" not in out


def test_no_names_of_files_outside_are_suggested(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "hunter2.yaml").write_text("")
    spec = tmp_path / "inside" / "pipeline.yaml"
    spec.write_text(SPEC.format("../hunter1.yaml"))
    assert run(["validate", str(spec)]) == 1
    assert "hunter2" not in capsys.readouterr().out


@pytest.mark.parametrize("use", ["type: {}:Stp", "type: Trainer, examples: e.examples, module_file: {}"])
@pytest.mark.parametrize("name", ["steps.py", "stepz.py"])
@pytest.mark.parametrize("way", ["path", "link"])
def test_no_names_of_modules_outside_are_told(
    tmp_path: Path, use: str, name: str, way: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "steps.py").write_text("def Step_hunter2(): ...\ndef run_fm(): ...\n")
    (tmp_path / "outside" / "stepz_hunter2.py").touch()
    (tmp_path / "inside" / "link").symlink_to("../outside")
    spec = tmp_path / "inside" / "pipeline.yaml"
    place = f"../outside/{name}" if way == "path" else f"link/{name}"
    spec.write_text(
        "version: 1\nname: mine\ncomponents:\n  e: {type: CsvExampleGen, input_base: gs://b/d}\n"
        f"  s: {{{use.format(place)}}}\n"
    )
    assert run(["validate", str(spec)]) == 1
    out = capsys.readouterr().out
    assert "hunter2" not in out
    assert "run_fm" not in out
