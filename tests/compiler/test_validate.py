"""``tfxc validate``: which specs are meant, and what is told of them in every format."""

from __future__ import annotations

import gc
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tfxc.compiler import driver
from tfxc.compiler.cli import run
from tfxc.compiler.validation.check import Validator
from tfxc.compiler.validation.find import find_specs
from tfxc.compiler.validation.processes import check_all
from tfxc.compiler.validation.results import SpecResult

GOOD = """\
version: 1
name: good
components:
  example_gen: {type: CsvExampleGen, input_base: data}
  statistics_gen: {type: StatisticsGen, examples: example_gen.examples}
"""
BAD = GOOD.replace("input_base", "input_bse").replace("example_gen.examples", "exmple_gen.examples")
WARNED = GOOD.replace(
    "components", "parameters: {steps: {type: int, default: 1}, x: {type: int}}\ncomponents"
)
FORMATS = ("text", "json", "github", "gitlab", "sarif", "junit")

Validate = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / ".git").mkdir()
    (tmp_path / "specs" / "data").mkdir(parents=True)
    (tmp_path / "specs" / "data" / "rows.csv").write_text("a,b\n" + "1,x\n" * 40)
    for name, text in (("good", GOOD), ("bad", BAD), ("warned", WARNED)):
        (tmp_path / "specs" / f"{name}.yaml").write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TFXC_DEBUG", raising=False)
    yield
    gc.enable()


@pytest.fixture
def validate(capsys: pytest.CaptureFixture[str]) -> Validate:
    def call(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        exit_code = run(["validate", *arguments])
        return exit_code, *capsys.readouterr()

    return call


def _crashing(name: str, how: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes checking a spec of a certain name fail inside of tfxc."""
    load = driver.load

    def failing(path: Path, *arguments: Any, **options: Any) -> Any:
        if path.name == name:
            how()
        return load(path, *arguments, **options)

    monkeypatch.setattr(driver, "load", failing)


def _divide() -> None:
    raise ZeroDivisionError("inside")


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    ("argument", "code", "exit_code"),
    [
        ("specs/gone.yaml", "Y015", 2),
        ("/dev/null", "Y015", 2),
        ("specs/data", "Y015", 2),
        ("specs/*.yml", "Y015", 2),
        ("specs/good.yaml", "Y016", 70),
    ],
)
def test_what_cannot_be_checked_is_a_result_in_every_format(
    validate: Validate, format: str, argument: str, code: str, exit_code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    _crashing("good.yaml", _divide, monkeypatch)
    status, out, err = validate("specs/bad.yaml", argument, "--format", format)
    assert (status, err) == (exit_code, "")
    assert code in out
    assert "S101" in out, "the other spec is checked all the same"
    if format == "json":
        assert json.loads(out)["errors"] == 4
    if format == "junit":
        suites = ElementTree.fromstring(out)
        assert (suites.get("errors"), suites.get("failures")) == ("1", "3")


def test_the_sentences_about_what_cannot_be_checked(
    validate: Validate, monkeypatch: pytest.MonkeyPatch
) -> None:
    _crashing("bad.yaml", _divide, monkeypatch)
    Path("tfxc.toml").write_text('strict = "yes"\nignroe = ["W705"]\nignore = [\n  "W705",\n  "S101",\n]\n')
    status, out, _ = validate("specs/god.yaml", "specs/bad.yaml", "specs/data", "no/*")
    assert status == 70
    assert out == (
        "error[Y015]: no/*: no file matches this\n"
        " --> no/*:1:1\n\n"
        "error[Y016]: tfxc itself made a mistake while it checked this spec (ZeroDivisionError)\n"
        " --> specs/bad.yaml:1:1\n"
        "  = help: please report it with what `TFXC_DEBUG=1 tfxc validate` prints for it;"
        " the others were checked\n\n"
        "error[Y015]: specs/data: there is no spec in this folder\n"
        " --> specs/data:1:1\n"
        "  = help: specs are called pipeline.yaml, pipeline.yml, *.pipeline.yaml, *.pipeline.yml\n\n"
        "error[Y015]: specs/god.yaml: there is no such file\n"
        " --> specs/god.yaml:1:1\n"
        "  = help: did you mean specs/good.yaml?\n\n"
        "error[Y017]: `strict` is true or false\n"
        " --> tfxc.toml:1:1\n"
        '1 | strict = "yes"\n'
        "  | ^^^^^^\n"
        "  = help: write `strict = true`\n\n"
        "error[Y017]: tfxc has no setting `ignroe`\n"
        " --> tfxc.toml:2:1\n"
        '2 | ignroe = ["W705"]\n'
        "  | ^^^^^^\n"
        "  = help: did you mean `ignore`?\n\n"
        "error[Y017]: `ignore`: S101 is an error, and only warnings can be ignored\n"
        " --> tfxc.toml:5:4\n"
        '5 |   "S101",\n'
        "  |    ^^^^\n\n"
        "7 errors in 5 files\n"
    )


def test_other_commands_name_the_place_of_a_wrong_setting(capsys: pytest.CaptureFixture[str]) -> None:
    Path("pyproject.toml").write_text("[project]\nname = 'x'\n\n[tool.tfxc]\nignore = []\nselct = ['W7']\n")
    assert run(["graph", "specs/good.yaml"]) == 2
    said = "error: pyproject.toml:6:1: tfxc has no setting `selct`; did you mean `select`?\n"
    assert capsys.readouterr().err == said


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_spec_that_crashes_loses_no_other(
    validate: Validate, jobs: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _crashing("warned.yaml", _divide, monkeypatch)
    names = ["specs/good.yaml", "specs/warned.yaml", "specs/bad.yaml", "specs/gone.yaml"]
    status, out, _ = validate(*names, "--jobs", jobs)
    assert status == 70
    assert re.findall(r"^error\[(\w+)\]|^ --> (\S+):", out, re.MULTILINE)[-2:] == [
        ("Y016", ""),
        ("", "specs/warned.yaml:1"),
    ]
    assert "5 errors in 3 files" in out


def test_a_process_that_is_killed_loses_one_spec(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.yaml" for number in range(20)]

    def check(path: Path) -> SpecResult:
        if path.stem == "7":
            os.kill(os.getpid(), signal.SIGKILL)
        return SpecResult(path.name)

    results = check_all(check, Validator().lost, paths, jobs=3)
    assert [Path(result.file).name for result in results] == [path.name for path in paths]
    found = [diagnostic.message for result in results for diagnostic in result.diagnostics]
    assert found == [
        "tfxc itself made a mistake while it checked this spec (its process was ended by SIGKILL)"
    ]


def test_many_processes_say_what_one_says(validate: Validate) -> None:
    for number in range(12):
        text = (GOOD, BAD, WARNED)[number % 3]
        Path(f"specs/{number}.pipeline.yaml").write_text(text)
    for format in ("text", "sarif", "junit"):
        one = validate("specs", "--format", format, "--jobs", "1")
        assert validate("specs", "--format", format, "--jobs", "4") == one
    assert one[0] == 1


def test_an_interrupt_ends_every_process(tmp_path: Path) -> None:
    program = (
        "import os, sys, time\n"
        "from pathlib import Path\n"
        "from tfxc.compiler.validation.processes import check_all\n"
        "from tfxc.compiler.validation.results import SpecResult\n"
        "def check(path):\n"
        "    if path.name != '0':\n"
        f"        (Path({str(tmp_path)!r}) / f'{{os.getpid()}}.pid').touch()\n"
        "        time.sleep(600)\n"
        "    return SpecResult(path.name)\n"
        "try:\n"
        "    check_all(check, None, [Path(str(each)) for each in range(9)], 3)\n"
        "except KeyboardInterrupt:\n"
        "    sys.exit(130)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], stderr=subprocess.PIPE, start_new_session=True, text=True
    )
    while len(list(tmp_path.glob("*.pid"))) < 3:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert (process.returncode, err) == (130, "")
    while _is_group(process.pid):  # those that were told to end do
        time.sleep(0.01)


def _is_group(number: int) -> bool:
    try:
        os.killpg(number, 0)
    except ProcessLookupError:
        return False
    return True


def test_folders_and_patterns(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a/pipeline.yaml", "a/b/pipeline.yml", "a/b/north.pipeline.yaml", "a/b/base.yaml"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(GOOD)
    for name in (".hidden", "node_modules", "environment", "old"):
        Path("a", name).mkdir()
        Path("a", name, "pipeline.yaml").write_text(GOOD)
    Path("a/environment/pyvenv.cfg").touch()
    Path("tfxc.toml").write_text('exclude = ["old"]\nspecs = ["a/b", "specs/g*.yaml"]\n')

    def meant(*given: str) -> list[str]:
        specs, nothing = find_specs([Path(name) for name in given])
        assert not nothing
        return [path.as_posix() for path in specs]

    below = ["a/b/north.pipeline.yaml", "a/b/pipeline.yml"]
    assert meant("a") == ["a/pipeline.yaml", *below]
    assert meant("a/old/pipeline.yaml", "a/b") == ["a/old/pipeline.yaml", *below]
    assert meant("a/[!ne]*/*.yaml", "a/*.yaml") == ["a/b/base.yaml", below[0], "a/pipeline.yaml"]
    assert meant() == [*below, "specs/good.yaml"]
    monkeypatch.chdir("a")
    assert meant() == ["b/north.pipeline.yaml", "b/pipeline.yml", "../specs/good.yaml"]


def test_what_tfxc_has_written_is_no_spec() -> None:
    Path("built").mkdir()
    Path("built/pipeline.yaml").write_text("compiled: yes\n")
    Path("built/other.pipeline.yaml").write_text(GOOD)
    Path("built/.tfxc-bundle.json").write_text(
        '{"format": "tfxc.bundle/1", "backend": "kubeflow", "files": {"pipeline.yaml": "0"}}'
    )
    assert find_specs([Path("built")]) == ([Path("built/other.pipeline.yaml")], [])


def test_strict_says_why_it_fails(validate: Validate) -> None:
    assert validate("specs/warned.yaml")[0] == 0
    status, out, err = validate("specs/warned.yaml", "--strict")
    assert status == 1
    assert err == "error: 2 warnings are as bad as an error because of --strict: W701\n"
    assert validate("specs/bad.yaml", "--strict")[2] == ""
    Path("tfxc.toml").write_text("strict = true\nignore = ['W705']\n")
    status, out, err = validate("specs/warned.yaml", "specs/good.yaml", "--format", "json")
    assert (status, json.loads(out)["warnings"]) == (1, 2)
    assert "2 warnings are as bad as an error because of" in err
    assert "tfxc.toml: W701" in err


def test_settings_ask_for_all_environments(validate: Validate) -> None:
    layered = GOOD + "environments:\n  prod: {components: {example_gen: {input_bse: x}}}\n"
    Path("specs/layered.yaml").write_text(layered)
    assert validate("specs/layered.yaml")[0] == 0
    Path("specs/tfxc.toml").write_text("all-envs = true\n")
    assert validate("specs/layered.yaml")[0] == 1
    assert validate("specs/layered.yaml", "--env", "prod")[0] == 1


def test_a_report_is_written_beside_what_people_read(validate: Validate) -> None:
    status, out, _ = validate("specs/bad.yaml", "--format", "gitlab", "-o", "report.json")
    assert status == 1
    assert out == validate("specs/bad.yaml")[1]
    issues = json.loads(Path("report.json").read_text())
    assert [each["check_name"] for each in issues] == ["S102", "S101", "T202"]
    for issue in issues:
        assert issue["severity"] == "major"
        assert issue["location"]["path"] == "specs/bad.yaml"
        assert issue["location"]["lines"]["begin"] >= 1
    status, _, err = validate("specs/bad.yaml", "-o", "no/such/report")
    assert status == 1
    assert err == "error: `no/such/report`: no such file or directory\n"


@pytest.mark.parametrize("format", ["github", "gitlab", "sarif", "junit"])
def test_paths_are_relative_to_the_repository(
    validate: Validate, format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("specs")
    for name in ("bad.yaml", str(Path("bad.yaml").resolve()), "../specs/bad.yaml"):
        _, out, _ = validate(name, "--format", format)
        assert re.search(r'(file="?|"(path|uri)": ")specs/bad.yaml["\n,]', out), out
        assert str(Path.cwd()) not in out


def _marks(validate: Validate, path: str = "specs/bad.yaml") -> list[tuple[str, str]]:
    log = json.loads(validate(path, "--format", "sarif")[1])
    sarif = [next(iter(each["partialFingerprints"].values())) for each in log["runs"][0]["results"]]
    issues = json.loads(validate(path, "--format", "gitlab")[1])
    assert [each["fingerprint"] for each in issues] == sarif
    assert len(set(sarif)) == len(sarif)
    return [(each["check_name"], each["fingerprint"]) for each in issues]


def test_fingerprints_stay_when_lines_move(validate: Validate) -> None:
    before = _marks(validate)
    spec = Path("specs/bad.yaml")
    spec.write_text(
        f"# a comment\n\n{BAD.replace('components', 'description: more' + chr(10) + 'components')}"
    )
    assert _marks(validate) == before
    spec.write_text(BAD.replace("input_bse", "input_bas"))
    assert [code for code, _ in _marks(validate)] == [code for code, _ in before]
    assert _marks(validate) != before
    spec.write_text(
        "version: 1\nname: x\ncomponents:\n  a: {type: No}\n  b:\n    type: No\n  c:\n    type: No\n"
    )
    assert len(_marks(validate)) == 3


def test_pages_of_codes_lie_where_the_project_says(validate: Validate) -> None:
    Path("tfxc.toml").write_text('documentation = "https://docs.example.com/tfxc/"\n')
    log = json.loads(validate("specs/bad.yaml", "--format", "sarif")[1])
    driver_of_log = log["runs"][0]["tool"]["driver"]
    assert driver_of_log["informationUri"] == "https://docs.example.com/tfxc"
    assert driver_of_log["rules"][0]["helpUri"] == "https://docs.example.com/tfxc/diagnostics/S101/"
    assert any("fixes" in result for result in log["runs"][0]["results"])


def test_junit_says_what_is_good_and_what_is_bad(validate: Validate) -> None:
    def counts(*arguments: str) -> tuple[Any, ...]:
        suites = ElementTree.fromstring(validate(*arguments, "--format", "junit")[1])
        cases = suites.findall("testsuite/testcase")
        assert len(cases) == int(suites.get("tests", ""))
        assert len(suites.findall("testsuite/testcase/failure")) == int(suites.get("failures", ""))
        assert sum(int(each.get("tests", "")) for each in suites) == len(cases)
        return suites.get("tests"), suites.get("failures"), suites.get("errors")

    every = ("specs/good.yaml", "specs/warned.yaml", "specs/bad.yaml")
    assert counts("specs/good.yaml", "--ignore", "W") == ("1", "0", "0")
    assert counts("specs/warned.yaml") == ("2", "0", "0")
    assert counts("specs/warned.yaml", "--strict") == ("2", "2", "0")
    assert counts(*every, "--ignore", "W")[1:] == ("3", "0")
    hostile = 'version: 1\nname: "<a href=\\"x\\">&\\x01]]>"\ncomponents: {}\n'
    Path("specs/hostile.yaml").write_text(hostile)
    assert counts("specs/hostile.yaml")[2] == "0"


def test_standard_input_is_read_once(validate: Validate, monkeypatch: pytest.MonkeyPatch) -> None:
    layered = GOOD + "environments:\n  prod: {components: {example_gen: {input_bse: x}}}\n"

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(layered.encode())))
    status, out, _ = validate("-", "--all-envs")
    assert status == 1
    assert "Y009" not in out
    assert "<stdin>:" in out
