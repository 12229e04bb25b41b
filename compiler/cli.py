"""The command line: ``tfxc``.

Of the commands (`tfxc.compiler.command_table`) only the one that is asked for is imported, and
``tfxc --help`` imports none, so that each costs no more than it needs.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from tfxc.compiler.command_table import COMMANDS, CommandSource
from tfxc.compiler.output import discard_output, open_closed_streams, prepare_streams, write, write_error
from tfxc.schemas.failures import EXIT_BROKEN_PIPE, EXIT_DONE, EXIT_INTERRUPTED, describe


class LazyCommands(TyperGroup):
    """A group whose commands are imported when they are used, not when they are listed."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Returns the names in the order of `COMMANDS`."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Imports and returns a command. A name that there is not is wrong use, with what it may mean."""
        source = COMMANDS.get(cmd_name)
        if source is None and ctx.resilient_parsing:  # completing a word
            return None
        if source is None:
            from tfxc.schemas.words.suggest import did_you_mean

            return ctx.fail(
                "; ".join([f"there is no command `{cmd_name}`", *did_you_mean(cmd_name, COMMANDS)])
            )
        return _load_command(cmd_name, source)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Writes the list of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, source.summary) for name, source in COMMANDS.items()])


def _load_command(name: str, source: CommandSource) -> Any:
    if source.only_reads:
        gc.disable()
        os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    module = import_module(source.module)
    found = getattr(module, source.function)
    if isinstance(found, typer.Typer):
        return _made_group(found)
    return _made_command(name, found, module.EXAMPLES)


@functools.cache  # for who runs many commands in one process
def _made_group(group: typer.Typer) -> Any:
    return typer.main.get_group(group)


@functools.cache
def _made_command(name: str, function: Callable[..., None], examples: str) -> Any:
    single = command_group()
    epilog = "\b\nExamples:\n" + "\n".join(f"  {line}" for line in examples.strip().splitlines())
    single.command(name, epilog=epilog)(guarded(function))
    return typer.main.get_command(single)


def command_group(**settings: Any) -> typer.Typer:
    """Returns an empty group of commands: plain help, no options for completion, no tracebacks of typer's."""
    return typer.Typer(
        add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False, **settings
    )


def guarded(command: Callable[..., None]) -> Callable[..., None]:
    """Returns the command with every way that it can end turned into an exit code, never a traceback."""

    @functools.wraps(command)
    def guarded_command(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
            sys.stdout.flush()
        except (typer.Exit, typer.Abort, SystemExit):
            raise
        except BrokenPipeError:
            discard_output()
            raise typer.Exit(EXIT_BROKEN_PIPE) from None
        except KeyboardInterrupt:
            raise typer.Exit(EXIT_INTERRUPTED) from None
        except Exception as error:
            if os.environ.get("TFXC_DEBUG"):
                raise
            raise typer.Exit(_report(error)) from None

    return guarded_command


def _report(error: Exception) -> int:
    """Writes the sentence about an exception, and returns the exit code."""
    sentence, exit_code = describe(error)
    write_error(sentence)
    return exit_code


app = typer.Typer(
    cls=LazyCommands,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="\b\nExamples:\n  tfxc validate pipeline.yaml\n  tfxc run pipeline.yaml -P train_steps=500\n"
    "  tfxc compile pipeline.yaml --backend airflow -o dags/penguin\n\n"
    "Exit codes: 0 done, 1 mistakes in a spec or a run that failed, 2 wrong use.",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from tfxc.schemas.version import tfxc_version

        write(f"tfxc {tfxc_version()}\n")
        raise typer.Exit(EXIT_DONE)


@app.callback()
def tfxc(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Compile one YAML pipeline spec to local TFX on Beam, Apache Airflow or Kubeflow Pipelines."""


def run(arguments: Sequence[str]) -> int:
    """Runs a command line and returns its exit code. No exception escapes, unless TFXC_DEBUG is set."""
    prepare_streams()
    try:
        app(list(arguments), prog_name="tfxc")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else EXIT_DONE
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        discard_output()
        return EXIT_BROKEN_PIPE
    except Exception as error:
        if os.environ.get("TFXC_DEBUG"):
            raise
        return _report(error)
    return EXIT_DONE


def main() -> NoReturn:
    """The entry point of the console script."""
    open_closed_streams()
    exit_code = run(sys.argv[1:])
    name = next((argument for argument in sys.argv[1:] if not argument.startswith("-")), "")
    if name not in COMMANDS or COMMANDS[name].only_reads:
        with contextlib.suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(exit_code)  # taking a thousand nodes apart would cost a tenth of the whole
    gc.freeze()  # what is left need not be looked through for garbage
    sys.exit(exit_code)
