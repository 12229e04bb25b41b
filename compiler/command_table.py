"""The commands of tfxc: where each is defined, and what the help says of it."""

from __future__ import annotations

from types import MappingProxyType
from typing import NamedTuple


class CommandSource(NamedTuple):
    """Where a command is defined, and the first sentence of its help.

    One that only reads specs is over before Python's garbage collector pays off, and needs no plugins
    of pydantic, whose search reads the metadata of every installed package.
    """

    module: str
    function: str
    summary: str
    only_reads: bool = True


COMMANDS = MappingProxyType(
    {
        "init": CommandSource(
            "tfxc.compiler.commands.init",
            "init",
            "Make a project out of a data file: a pipeline that runs, with what the data ask for.",
        ),
        "new": CommandSource(
            "tfxc.compiler.commands.new",
            "new",
            "Make a project out of one of the examples.",
        ),
        "import": CommandSource(
            "tfxc.compiler.commands.import_pipeline",
            "import_pipeline",
            "Write the spec of an existing TFX pipeline.",
        ),
        "eject": CommandSource(
            "tfxc.compiler.commands.eject", "eject", "Write a spec as a program of plain TFX."
        ),
        "validate": CommandSource(
            "tfxc.compiler.commands.validate",
            "validate",
            "Check specs, and report every mistake in them at once.",
        ),
        "fix": CommandSource(
            "tfxc.compiler.commands.fix",
            "fix",
            "Put right the mistakes in specs whose fix is sure.",
        ),
        "fmt": CommandSource(
            "tfxc.compiler.commands.fmt", "fmt", "Write specs in the canonical layout, comments kept."
        ),
        "diff": CommandSource(
            "tfxc.compiler.commands.diff", "diff", "Tell how two specs differ, in terms of pipelines."
        ),
        "run": CommandSource(
            "tfxc.compiler.commands.run.command", "run", "Run a pipeline on this machine.", only_reads=False
        ),
        "test": CommandSource(
            "tfxc.compiler.commands.test",
            "run_tests",
            "Run pipelines on a sample of their data, and the tests beside them.",
            only_reads=False,
        ),
        "predict": CommandSource(
            "tfxc.compiler.commands.predict",
            "predict",
            "Ask a pipeline's model about data in a file.",
            only_reads=False,
        ),
        "report": CommandSource(
            "tfxc.compiler.commands.report", "report", "Write a run as one HTML page.", only_reads=False
        ),
        "serve": CommandSource(
            "tfxc.compiler.commands.serve",
            "serve",
            "Serve models over TensorFlow Serving's REST and gRPC APIs.",
            only_reads=False,
        ),
        "convert-log": CommandSource(
            "tfxc.compiler.commands.convert_log",
            "convert_log",
            "Turn logged requests into tf.Examples.",
            only_reads=False,
        ),
        "compile": CommandSource(
            "tfxc.compiler.commands.compile",
            "compile_spec",
            "Write what an orchestrator needs to run a pipeline.",
        ),
        "deploy": CommandSource(
            "tfxc.compiler.commands.deploy",
            "deploy",
            "Write what TensorFlow Serving needs to serve the model that a pipeline pushes.",
        ),
        "ci": CommandSource(
            "tfxc.compiler.commands.ci",
            "ci",
            "Write the workflows of CI/CD: check, compare, submit, and deploy when an alias moves.",
        ),
        "runs": CommandSource(
            "tfxc.compiler.commands.runs.app",
            "app",
            "List, show, compare and clean the runs of a pipeline.",
            only_reads=False,
        ),
        "lineage": CommandSource(
            "tfxc.compiler.commands.lineage",
            "lineage",
            "Show what made an artifact, and what came of it, through all runs.",
        ),
        "freeze": CommandSource(
            "tfxc.compiler.commands.freeze",
            "freeze",
            "Keep the schema that a run has inferred, and make the spec use it.",
        ),
        "ui": CommandSource(
            "tfxc.compiler.commands.ui",
            "ui",
            "Show pipelines and their runs as pages: live runs, logs, artifacts, reports.",
            only_reads=False,
        ),
        "lsp": CommandSource(
            "tfxc.compiler.commands.lsp",
            "lsp",
            "Answer an editor about specs, over the Language Server Protocol.",
            only_reads=False,
        ),
        "graph": CommandSource("tfxc.compiler.commands.graph", "graph", "Draw the nodes of a pipeline."),
        "explain": CommandSource("tfxc.compiler.commands.explain", "explain", "Explain a diagnostic code."),
        "components": CommandSource(
            "tfxc.compiler.commands.components", "components", "Show what a component takes and gives."
        ),
        "schema": CommandSource(
            "tfxc.compiler.commands.schema",
            "schema",
            "Print the JSON Schema of the spec language, for editors.",
        ),
        "plan": CommandSource(
            "tfxc.compiler.commands.plan",
            "plan",
            "Print the Plan of a spec as JSON: all that a backend sees of it.",
        ),
        "ir": CommandSource("tfxc.compiler.commands.ir", "ir", "Print TFX's own IR of a spec as JSON."),
        "registry": CommandSource(
            "tfxc.compiler.commands.registry",
            "app",
            "List, show, promote and download the models of a registry.",
            only_reads=False,
        ),
        "standby": CommandSource(
            "tfxc.compiler.commands.standby",
            "standby",
            "Show or stop the processes that have TFX imported, for the next run.",
        ),
        "kubeflow": CommandSource(
            "tfxc.compiler.commands.kubeflow",
            "app",
            "Check and run compiled Kubeflow pipelines without a cluster.",
            only_reads=False,
        ),
    }
)
"""name → where it is defined, in the order of the help."""
