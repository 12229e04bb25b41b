"""From a run to the sections of its page: which artifact is shown where, and what is left out and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Optional

from tfxc.backends.launcher.protocol.property_names import SERVABLE
from tfxc.backends.metadata.values import Run
from tfxc.backends.reports.artifacts.curves import read_curves
from tfxc.backends.reports.artifacts.evaluation import read_evaluation
from tfxc.backends.reports.artifacts.plots import read_plots
from tfxc.backends.reports.artifacts.saved_model import read_model
from tfxc.backends.reports.artifacts.tuning import read_best, read_trials
from tfxc.backends.reports.html.collect_data import add_data, add_transforms
from tfxc.backends.reports.html.evaluation_sections import evaluation_section
from tfxc.backends.reports.html.model_sections import model_view, models_section, push_view
from tfxc.backends.reports.html.run_outputs import Collected, outputs, section_id, section_title
from tfxc.backends.reports.html.run_sections import (
    Fact,
    details_section,
    failure_section,
    lineage_section,
    pipeline_section,
)
from tfxc.backends.reports.html.sections import Section
from tfxc.backends.reports.html.training_sections import curves_section, trials_section
from tfxc.schemas.plan import Plan


def collect(plan: Plan, run: Run) -> Collected:
    """Returns the sections of a run's page. Raises Failure if the file formats are not installed."""
    found = Collected()
    failures = failure_section(run)
    made = _without_resolvers(plan, run)
    add_data(made, found)
    add_transforms(made, found)
    _training(made, found)
    _evaluations(made, found)
    _models(made, found)
    _outcomes(made, found)
    about_the_run = [failures] if failures is not None else []
    about_the_run.append(pipeline_section(plan, run, _links(run, found.sections)))
    found.sections[:0] = about_the_run
    found.sections.append(details_section(plan, run))
    lineage = lineage_section(run)
    if lineage is not None:
        found.sections.append(lineage)
    _say_what_is_not_there(plan, made, found)
    return found


def _without_resolvers(plan: Plan, run: Run) -> Run:
    """Returns a run without the nodes that found artifacts of other runs, and made none."""
    resolvers = {node.id for node in plan.nodes if node.component.kind == "resolver"}
    return replace(run, nodes=tuple(node for node in run.nodes if node.node not in resolvers))


def _links(run: Run, sections: Sequence[Section]) -> dict[str, str]:
    """Returns for each node that a section shows something of the first such section."""
    links: dict[str, str] = {}
    for node in run.nodes:
        own = f"{node.node}-".replace(".", "-")
        first = next((section.id for section in sections if section.id.startswith(own)), None)
        if first is not None:
            links[node.node] = first
    return links


def _training(run: Run, found: Collected) -> None:
    for output in outputs(run, "ModelRun"):
        charts = found.read("training curves", output, read_curves)
        if charts:
            title = section_title("Training", output, run)
            found.sections.append(curves_section(section_id(output), title, charts, ()))
        elif charts is not None:
            found.omitted.append(
                f"training curves of {output.node.node}: its run_fn wrote none"
                " (`keras.callbacks.TensorBoard(fn_args.model_run_dir)` does)"
            )
    for output in outputs(run, "TunerResults"):
        trials = found.read("trials", output, read_trials)
        if trials is None:
            continue
        best = next((each for each in outputs(run, "HyperParameters") if each.node is output.node), None)
        values = (found.read("hyperparameters", best, read_best) if best is not None else None) or {}
        title = section_title("Hyperparameters", output, run)
        found.sections.append(trials_section(section_id(output), title, trials, values, ()))


def _evaluations(run: Run, found: Collected) -> None:
    for output in outputs(run, "ModelEvaluation"):
        evaluation = found.read("evaluation", output, read_evaluation)
        if evaluation is None:
            continue
        plots = found.read("plots", output, read_plots) or ()
        blessing = next(
            (each.artifact for each in outputs(run, "ModelBlessing") if each.node is output.node), None
        )
        title = section_title("Evaluation", output, run)
        section = evaluation_section(section_id(output), title, evaluation, plots, blessing, ())
        found.sections.append(section)
        if section.view["verdict"] is not None:
            blessed = bool(section.view["verdict"])
            word = "blessed" if blessed else "not blessed"
            found.verdicts.append(Fact("Model", word, "good" if blessed else "bad"))


def _models(run: Run, found: Collected) -> None:
    models = []
    for output in outputs(run, "Model"):
        notes = len(found.omitted)
        model = found.read("model", output, read_model)
        note = found.omitted.pop() if len(found.omitted) > notes else ""
        models.append(model_view(output.node.node, output.artifact, model, note))
        if output.artifact.custom_properties.get(SERVABLE) == 0:
            found.verdicts.append(Fact(output.node.node, "not servable", "bad"))
    pushes = []
    for output in outputs(run, "PushedModel"):
        pushes.append(push_view(output.node.node, output.artifact))
        pushed = bool(pushes[-1]["pushed"])
        found.verdicts.append(
            Fact("Push", "pushed" if pushed else "nothing pushed", "good" if pushed else "")
        )
    if models or pushes:
        found.sections.append(models_section(models, pushes))


def _outcomes(run: Run, found: Collected) -> None:
    """Says in the head of the page what was sent and started."""
    for output in outputs(run, "JsonValue"):
        properties = output.artifact.custom_properties
        reason = str(properties.get("reason") or "")
        if "sent_to" in properties:
            ways = str(properties["sent_to"] or "")
            done, undone = f"sent by {ways}", "sent nothing"
        elif "triggered" in properties:
            ways = str(properties.get("run") or "")
            done, undone = f"started {ways}", "started nothing"
        else:
            continue
        words = done if ways else undone
        shown = f"{words}: {reason}" if reason else words
        found.verdicts.append(Fact(output.node.node, shown, "good" if ways else ""))


_EXPECTED = (
    ("ExampleStatistics", "statistics"),
    ("ExampleAnomalies", "anomalies"),
    ("TransformGraph", "Transform's features"),
    ("ModelRun", "training curves"),
    ("ModelEvaluation", "evaluation"),
    ("Model", "models"),
)


def _say_what_is_not_there(plan: Plan, run: Run, found: Collected) -> None:
    """Says of each kind of finding why the page has none: no node makes it, or those that do did not."""
    for artifact_type, what in _EXPECTED:
        if any(True for _ in outputs(run, artifact_type)):
            continue
        makers = [
            node.id
            for node in plan.nodes
            if artifact_type in node.outputs.values() and node.component.kind != "resolver"
        ]
        if not makers:
            found.omitted.append(f"{what}: no node of this pipeline makes any")
            continue
        states: dict[str, Any] = {node.node: node.state for node in run.nodes}
        ended = ", ".join(f"{node} {_words(states.get(node))}" for node in makers[:5])
        found.omitted.append(f"{what}: {ended}")


def _words(state: Optional[str]) -> str:
    return {None: "is not in this run", "not_run": "was not run", "skipped": "was skipped"}.get(
        state, f"has put out none ({state})"
    )
