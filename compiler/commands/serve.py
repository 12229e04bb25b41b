"""``tfxc serve``"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from tfxc.backends.serving.options import LogFormat
from tfxc.compiler.commands.model_options import (
    BlessedOption,
    NameOption,
    ParameterOption,
    PusherOption,
    named_model,
)
from tfxc.compiler.commands.options import EnvironmentOption, spec_in_folder
from tfxc.compiler.commands.registry_options import KubeflowOption, MlflowOption
from tfxc.schemas.failures import EXIT_DONE, Failure, WrongUse

if TYPE_CHECKING:
    from tfxc.backends.serving.models import FoundModel
    from tfxc.backends.serving.options import ServedModel, Tls

EXAMPLES = """
tfxc serve pipeline.yaml
tfxc serve serving/penguin --rest-port 8501 --port 8500
tfxc serve --config models.config --host 0.0.0.0
curl -d '{"instances": [{"b64": "…"}]}' http://localhost:8501/v1/models/penguin:predict
"""

TOKEN_VARIABLE = "TFXC_SERVE_TOKEN"  # noqa: S105 - it is a name


def serve(
    model: Annotated[
        Optional[Path],
        typer.Argument(
            metavar="[SPEC|MODEL]",
            help="A spec or its folder (the model that its Pusher pushed), a SavedModel, a folder with its "
            "versions, or `models:/NAME@ALIAS` of a registry.",
            callback=spec_in_folder,
        ),
    ] = None,
    config: Annotated[
        Optional[Path],
        typer.Option(
            "--config",
            "--model_config_file",
            metavar="FILE",
            help="A model_config_list, as TensorFlow Serving has.",
        ),
    ] = None,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Where to listen; 0.0.0.0 is every network.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="The port of gRPC; 0: none.")] = 8500,
    rest_port: Annotated[
        int,
        typer.Option("--rest-port", "--rest_api_port", min=0, max=65535, help="The port of REST; 0: none."),
    ] = 8501,
    name: NameOption = None,
    versions: Annotated[
        str,
        typer.Option(metavar="POLICY", help="Versions to serve: a number of latest ones, `all`, or `=3,5`."),
    ] = "1",
    label: Annotated[
        Optional[list[str]],
        typer.Option(metavar="LABEL=VERSION", help="A label of a version, as `stable=3`; repeatable."),
    ] = None,
    enable_batching: Annotated[
        bool,
        typer.Option("--enable-batching", "--enable_batching", help="Answer requests that wait together."),
    ] = False,
    batching_parameters: Annotated[
        Optional[Path],
        typer.Option(
            "--batching-parameters-file",
            "--batching_parameters_file",
            metavar="FILE",
            help="BatchingParameters, as TensorFlow Serving has.",
        ),
    ] = None,
    poll_seconds: Annotated[
        float,
        typer.Option(
            "--file-system-poll-wait-seconds",
            "--file_system_poll_wait_seconds",
            min=0,
            help="How often to look for new versions; 0: never.",
        ),
    ] = 1.0,
    config_poll_seconds: Annotated[
        float,
        typer.Option(
            "--model-config-file-poll-wait-seconds",
            "--model_config_file_poll_wait_seconds",
            min=0,
            help="How often to read --config again; 0: never.",
        ),
    ] = 0.0,
    rest_timeout: Annotated[
        int,
        typer.Option(
            "--rest-api-timeout-in-ms",
            "--rest_api_timeout_in_ms",
            min=1,
            help="Longest time for an answer by REST.",
        ),
    ] = 30_000,
    cors: Annotated[
        bool,
        typer.Option(
            "--rest-api-enable-cors-support",
            "--rest_api_enable_cors_support",
            help="Let pages of other sites ask by REST.",
        ),
    ] = False,
    check_method_names: Annotated[
        bool,
        typer.Option(
            "--enable-signature-method-name-check",
            "--enable_signature_method_name_check",
            help="Refuse signatures that were saved for another method.",
        ),
    ] = False,
    max_request_bytes: Annotated[
        int, typer.Option(min=1, metavar="BYTES", help="The largest request that is let in.")
    ] = 64 * 2**20,
    max_requests: Annotated[
        int, typer.Option(min=1, metavar="N", help="How many requests are let in at once; others get 503.")
    ] = 1024,
    grace: Annotated[
        float, typer.Option(min=0, metavar="SECONDS", help="How long requests in flight may take at the end.")
    ] = 30.0,
    certificate: Annotated[
        Optional[Path], typer.Option(metavar="FILE", help="A certificate (PEM): both ports speak TLS.")
    ] = None,
    key: Annotated[Optional[Path], typer.Option(metavar="FILE", help="The certificate's key (PEM).")] = None,
    tags: Annotated[
        str,
        typer.Option("--saved-model-tags", "--saved_model_tags", metavar="TAG", help="The graph to load."),
    ] = "serve",
    request_log: Annotated[
        Optional[Path],
        typer.Option(metavar="DIR", help="Keep requests and answers here, in files by hour."),
    ] = None,
    request_log_format: Annotated[
        LogFormat,
        typer.Option(help="A PredictionLog a request, or a tf.Example a row, which ExampleGen reads."),
    ] = LogFormat.PREDICTIONS,
    request_log_rate: Annotated[
        float, typer.Option(min=0, max=1, metavar="SHARE", help="The share of requests that is kept.")
    ] = 1.0,
    request_log_seconds: Annotated[
        float, typer.Option(min=1, metavar="SECONDS", help="After how long a file is whole; an hour at most.")
    ] = 3600.0,
    request_log_bytes: Annotated[
        int, typer.Option(min=1, metavar="BYTES", help="The size of all files; the oldest are removed.")
    ] = 2**30,
    env: EnvironmentOption = None,
    pusher: PusherOption = None,
    blessed: BlessedOption = False,
    parameter: ParameterOption = None,
    mlflow: MlflowOption = None,
    kubeflow: KubeflowOption = None,
) -> None:
    """Serve models over TensorFlow Serving's REST and gRPC APIs.

    A newly pushed version is loaded before the old one goes, without a failed request. Ctrl-C and SIGTERM
    end it after the requests in flight. With TFXC_SERVE_TOKEN in the environment clients must send it as a
    bearer token.
    """
    from tfxc.backends.serving.options import RequestLogging, ServeOptions

    if (model is None) == (config is None):
        raise WrongUse("name one thing to serve: a spec, a model's folder, or --config with a file.")
    if not port and not rest_port:
        raise WrongUse("--port 0 and --rest-port 0 leave nothing to ask.")
    if port == rest_port:
        raise WrongUse(f"--port and --rest-port are both {port}: they must differ.")
    if config is not None and (label or versions != "1" or name):
        raise WrongUse("--name, --versions and --label are for one model: a --config says them itself.")
    options = ServeOptions(
        model=_served(
            named_model(model, env, pusher, parameter or [], name, blessed, mlflow, kubeflow),
            versions,
            label or [],
        )
        if model
        else None,
        config=config,
        host=host,
        port=port,
        rest_port=rest_port,
        poll_seconds=poll_seconds,
        config_poll_seconds=config_poll_seconds,
        cors=cors,
        enable_batching=enable_batching or batching_parameters is not None,
        batching_parameters=batching_parameters,
        check_method_names=check_method_names,
        max_request_bytes=max_request_bytes,
        max_requests=max_requests,
        rest_timeout=rest_timeout / 1000,
        grace_seconds=grace,
        tags=tags,
        tls=_tls(certificate, key),
        logging=RequestLogging(
            request_log, request_log_rate, request_log_bytes, request_log_seconds, request_log_format
        )
        if request_log
        else None,
        token=os.environ.get(TOKEN_VARIABLE) or None,
    )
    try:
        from tfxc.backends.serving.server.process import serve as serve_until_stopped
    except ImportError:
        raise Failure(
            "serving a model needs packages that are not installed here: install them with "
            "`pip install 'tfxc[serve]'` (in a project of uv: `uv add 'tfxc[serve]'`)."
        ) from None
    stopped_by = serve_until_stopped(options, _tell)
    raise typer.Exit(128 + stopped_by if stopped_by == signal.SIGINT else EXIT_DONE)


def _tell(sentence: str) -> None:
    from tfxc.schemas.words.printable import printable

    sys.stderr.write(f"{printable(sentence)}\n")
    sys.stderr.flush()


def _served(found: FoundModel, versions: str, labels: list[str]) -> ServedModel:
    from tfxc.backends.serving.options import ServedModel

    latest, specific = _policy(versions)
    return ServedModel(
        name=found.name,
        base_path=found.path,
        version=next(iter(found.versions())) if found.is_single else None,
        latest=latest,
        specific=specific,
        labels=dict(map(_label, labels)),
    )


def _policy(text: str) -> tuple[Optional[int], tuple[int, ...]]:
    if text == "all":
        return None, ()
    numbers = text.removeprefix("=").split(",")
    if not all(each.strip().isascii() and each.strip().isdigit() for each in numbers):
        raise WrongUse(
            f"--versions {text}: write a number of latest versions, `all`, or `=3,5` for these alone."
        )
    if text.startswith("="):
        return None, tuple(map(int, numbers))
    if len(numbers) > 1 or int(text) < 1:
        raise WrongUse(f"--versions {text}: write `={text}` to serve these versions alone.")
    return int(text), ()


def _label(text: str) -> tuple[str, int]:
    label, sign, version = text.partition("=")
    if not sign or not label or not version.isdigit():
        raise WrongUse(f"--label {text}: write it as `stable=3`.")
    return label, int(version)


def _tls(certificate: Optional[Path], key: Optional[Path]) -> Optional[Tls]:
    from tfxc.backends.serving.options import Tls

    if (certificate is None) != (key is None):
        raise WrongUse("--certificate and --key go together.")
    for option, file in (("--certificate", certificate), ("--key", key)):
        if file is not None and not file.is_file():
            raise WrongUse(f"{option}: `{file}` is no file")
    return Tls(certificate, key) if certificate is not None and key is not None else None
