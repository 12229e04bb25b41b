"""``tfxc test``"""

from __future__ import annotations

import gc
import sys
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional, TextIO

import typer

from tfxc.compiler.commands import completion
from tfxc.compiler.commands.checked_specs import check_spec
from tfxc.compiler.commands.options import (
    IgnoreOption,
    JobsOption,
    ParameterOption,
    RunDateOption,
    ToOption,
    nodes_option,
)
from tfxc.compiler.output import use_colours, write, write_diagnostics, write_json
from tfxc.compiler.source.read import SPEC_FILE, STANDARD_INPUT
from tfxc.compiler.testing.options import ROWS, TestOptions
from tfxc.schemas.failures import EXIT_DONE, EXIT_FAILED, WrongUse, because

if TYPE_CHECKING:
    from rich.console import Console

    from tfxc.compiler.driver import CheckedSpec
    from tfxc.compiler.testing.isolate import Isolated
    from tfxc.compiler.testing.report import SpecResult
    from tfxc.compiler.testing.run import Shown
    from tfxc.compiler.testing.sample.take import SplitSample
    from tfxc.schemas.plan import Plan

EXAMPLES = """
tfxc test
tfxc test specs/penguin -P train_steps=20
tfxc test pipelines --rows 200 --junit report.xml
tfxc test pipeline.yaml --env ci --not-blessed fail --keep
"""


class Consequence(str, Enum):
    """What comes of something."""

    FAIL = "fail"
    TELL = "tell"


class OfBlessing(str, Enum):
    """What comes of a model that is not blessed."""

    AUTO = "auto"
    FAIL = "fail"
    TELL = "tell"


def run_tests(
    specs: Annotated[
        Optional[list[Path]],
        typer.Argument(
            metavar="[SPEC]...",
            help="Files, folders of a pipeline.yaml or of several, or patterns. Without any: the "
            "pipeline.yaml here, or the `specs` of tfxc.toml.",
            show_default=False,
        ),
    ] = None,
    rows: Annotated[
        int, typer.Option("--rows", "-n", min=1, metavar="N", help="Rows of a split that are read, at most.")
    ] = ROWS,
    whole: Annotated[
        Optional[list[str]], nodes_option("--whole", "Read all that this node reads, in its place")
    ] = None,
    env: Annotated[
        Optional[str],
        typer.Option(
            "--env",
            "-e",
            metavar="NAME",
            help="The environment of the spec to apply; `test` if the spec has one.",
            autocompletion=completion.environments,
        ),
    ] = None,
    no_env: Annotated[bool, typer.Option("--no-env", help="Apply no environment.")] = False,
    parameter: ParameterOption = None,
    to_nodes: ToOption = None,
    run_date: RunDateOption = None,
    not_blessed: Annotated[
        OfBlessing,
        typer.Option(
            help="What comes of a model that is not blessed. auto: it fails the test where the run read all "
            "of the data and was what the spec says."
        ),
    ] = OfBlessing.AUTO,
    anomalies: Annotated[
        Consequence, typer.Option(help="What comes of anomalies in the data.")
    ] = Consequence.FAIL,
    no_tests: Annotated[
        bool, typer.Option("--no-tests", help="Do not run the tests that lie beside a spec.")
    ] = False,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the folder of the test, and say where it is.")
    ] = False,
    junit: Annotated[
        Optional[Path], typer.Option(metavar="FILE", help="Write the result as JUnit's XML as well.")
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print the result as JSON, and nothing else, to standard output.")
    ] = False,
    jobs: JobsOption = None,
    ignore: IgnoreOption = None,
    no_warm: Annotated[
        bool, typer.Option("--no-warm", help="Import TFX for each run alone, and leave none imported.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print nothing while it runs, only the results.")
    ] = False,
) -> None:
    """Run pipelines on a sample of their data, and the tests beside them.

    A pipeline runs in a folder that is removed afterwards: nothing is written or pushed where a run would,
    nobody is alerted, and nothing is registered. Then come the tests beside the spec (test_*.py, tests/),
    with pytest, which can ask about the run.

    The exit code is 0 when all is well, 1 when something failed or a spec has mistakes, 2 for wrong use, 130
    after Ctrl-C.
    """
    from tfxc.compiler.testing.session import Interrupted, Session, cleaning_up, spec_results

    gc.enable()
    if env is not None and no_env:
        raise WrongUse("--env and --no-env exclude each other; give one of the two")
    stream = sys.stderr if json else sys.stdout
    session = Session(
        options=TestOptions(
            environment="" if no_env else env,
            assignments=tuple(parameter or ()),
            rows=rows,
            whole=tuple(whole or ()),
            run_date=run_date,
            jobs=jobs,
            to_nodes=tuple(to_nodes or ()),
        ),
        not_blessed=not_blessed.value,
        anomalies=anomalies.value,
        with_own_tests=not no_tests,
        keep=keep,
        warm=not no_warm,
        check=lambda spec, environment: _checked(spec, environment, ignore or []),
        shown=lambda spec, environment: _shown(spec, environment, stream, quiet),
        ran=lambda result: _tell_of_run(result, stream),
        over=lambda result: _tell(result, stream),
        output=stream,
    )
    with cleaning_up():
        try:
            results = list(spec_results(_specs(specs or []), session))
        except Interrupted as stopped:
            raise typer.Exit(stopped.exit_code) from None
    _write(results, json, junit)
    raise typer.Exit(EXIT_DONE if all(result.is_good for result in results) else EXIT_FAILED)


def _specs(given: list[Path]) -> list[Path]:
    """Returns the specs that are meant. Raises WrongUse for what is none."""
    from tfxc.compiler.source.nearby import meant
    from tfxc.compiler.validation.find import find_specs

    if STANDARD_INPUT in given:
        raise WrongUse("a spec from standard input has no folder to be tested in: name its file")
    if not given and Path(SPEC_FILE).is_file():
        given = [Path(SPEC_FILE)]
    found, nothing = find_specs(given)
    for path in [*nothing, *(each for each in found if not each.is_file())]:
        where = " in that folder" if path.is_dir() else ""
        raise WrongUse(f"{path}: there is no spec{where}{meant(path)}")
    return [spec for spec in found if spec in given or not _is_only_included(spec)] or found


def _is_only_included(spec: Path) -> bool:
    """Whether a spec runs nowhere but in another one, which gives it its inputs."""
    errors = {each.code for each in check_spec(spec, None, ("local",)).diagnostics if each.is_error}
    return errors == {"P365"}


def _checked(spec: Path, environment: Optional[str], ignore: list[str]) -> CheckedSpec:
    """Returns a spec; of what is wrong with it standard error tells."""
    checked = check_spec(spec, environment, ("local",), ignore=ignore)
    if checked.diagnostics:
        sys.stdout.flush()
        write_diagnostics([checked], sys.stderr)
    return checked


def _shown(spec: Path, environment: Optional[str], stream: TextIO, quiet: bool) -> Shown:
    from tfxc.compiler.testing.run import Shown

    def before(plan: Plan, samples: tuple[SplitSample, ...], of_test: Isolated) -> None:
        from tfxc.compiler.testing.report import before_lines

        applied = f", environment {environment}" if environment else ""
        _line(f"{spec}: testing {plan.name}{applied}", stream)
        said = [(_name(each), _taken(each)) for each in samples]
        said += [(each.of, each.how) for each in of_test.replaced]
        said += [(node, f"left out: {why}") for node, why in of_test.left_out.items()]
        for line in before_lines(said):
            _line(line, stream)

    return Shown(stream, quiet, (lambda *_: None) if quiet else before)


def _name(sample: SplitSample) -> str:
    return f"{sample.node}.{sample.split}" if sample.split else sample.node


def _taken(sample: SplitSample) -> str:
    files = f"{sample.files} of {sample.of_files} files" if sample.of_files > 1 else "1 file"
    if sample.rows is None or sample.of_rows is None:
        return f"a copy of {files}"
    if sample.is_whole:
        return f"all {sample.rows:,} rows"
    return f"{sample.rows:,} of {sample.of_rows:,} rows, from {files}"


_STYLES = {"passed": "good", "failed": "error", "told": "warning", "skipped": "faint"}


def _tell(result: SpecResult, stream: TextIO) -> None:
    """Writes how a test came out."""
    from rich.text import Text

    from tfxc.backends.reports.text import STYLES
    from tfxc.compiler.testing.report import point_lines

    console = _console(stream)
    for verdict, said in point_lines(result.points):
        console.print(Text.assemble((f"{verdict:8}", STYLES[_STYLES[verdict]]), said))
    state = "passed" if result.is_good else "failed"
    console.print(Text.assemble(f"{result.spec}: ", (state, STYLES[_STYLES[state]])))
    if result.record is not None and result.is_kept:
        console.print(f"kept: {result.record.root}")
    stream.flush()


def _console(stream: TextIO) -> Console:
    from rich.console import Console

    return Console(file=stream, highlight=False, soft_wrap=True, no_color=not use_colours(stream) or None)


def _tell_of_run(result: SpecResult, stream: TextIO) -> None:
    """Writes the summary of a run as `tfxc run` has it, without what is only there while it is kept."""
    from tfxc.backends.reports.contents import ENDING, run_contents
    from tfxc.backends.reports.text import text_lines

    if result.record is None:
        return
    contents = run_contents(result.record.run, Path.cwd())
    parts = contents.parts if result.is_kept else tuple(p for p in contents.parts if p.title != ENDING)
    console = _console(stream)
    for line in text_lines(replace(contents, parts=parts)):
        console.print(line)
    console.print()
    stream.flush()


def _write(results: list[SpecResult], json: bool, junit: Optional[Path]) -> None:
    from tfxc.compiler.testing.report import as_json, render_junit

    if junit is not None:
        try:
            junit.parent.mkdir(parents=True, exist_ok=True)
            junit.write_text(render_junit(results), encoding="utf-8")
        except OSError as error:
            raise WrongUse(f"--junit: {because(error, junit)}") from None
    if json:
        write_json(as_json(results))
    elif len(results) > 1:
        good = sum(result.is_good for result in results)
        write(f"{good} of {len(results)} specs passed\n")


def _line(text: str, stream: TextIO) -> None:
    from tfxc.schemas.words.printable import printable

    stream.write(printable(text) + "\n")
    stream.flush()
