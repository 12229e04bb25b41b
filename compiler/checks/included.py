"""Specs inside specs: P359 to P367 but P365. What is wrong in an included spec is told at its own lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tfxc.compiler.checks.artifact_types import plural_or_a
from tfxc.compiler.checks.channels import output_findings
from tfxc.compiler.checks.variants import over_variants
from tfxc.compiler.language.references import has_braces, parse_template
from tfxc.compiler.language.selections import CHANNEL, selected_component
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.compiler.pipeline.nodes import Node
from tfxc.schemas.artifacts import is_assignable
from tfxc.schemas.components.pipeline import INPUTS, PARAMETERS, SPEC
from tfxc.schemas.diagnostics import Finding, Path, Related
from tfxc.schemas.parameters import Parameter, why_unfit
from tfxc.schemas.spec import INCLUDER
from tfxc.schemas.words.suggest import closest, did_you_mean, enumeration
from tfxc.schemas.words.wording import named, what_it_is

OUTPUTS, ON_EXIT = "outputs", "on_exit"


def undeclared_inputs(pipeline: Pipeline) -> Iterator[Finding]:
    """P359: something is given that the included spec does not declare as an input."""
    for node, included in _including(pipeline):
        given = node.values.get(INPUTS)
        for name in given if isinstance(given, Mapping) else ():
            if name not in (included.document.get(INPUTS) or {}):
                yield _undeclared(node, included, "input", name, list(included.inputs), INPUTS, "P359")


def bound_parameters(pipeline: Pipeline) -> Iterator[Finding]:
    """P360 to P362: parameters that the included spec does not have, has no value for, or cannot take so."""
    for node, included in _including(pipeline):
        given = node.values.get(PARAMETERS) or {}
        if not isinstance(given, Mapping):
            continue
        for name in given:
            if name not in included.parameter_names:
                names = list(included.parameters)
                yield _undeclared(node, included, "parameter", name, names, PARAMETERS, "P360")
        for name, parameter in included.parameters.items():
            if parameter.default is None and given.get(name) is None:
                yield Finding(
                    "P361",
                    f"`{node.id}` lacks the parameter `{name}`, which has no default",
                    node.path,
                    at_key=True,
                    related=(_declared(node, PARAMETERS, name),),
                    help=(f"write `parameters: {{{name}: …}}`; its type is {parameter.type}",),
                )
    yield from over_variants(pipeline, lambda node: _unfit_parameters(pipeline, node))


def _unfit_parameters(pipeline: Pipeline, node: Node) -> Iterator[Finding]:
    included = pipeline.included.get(node.id) if node.includes else None
    given = node.values.get(PARAMETERS)
    if included is None or not isinstance(given, Mapping):
        return
    for name, value in given.items():
        parameter = included.parameters.get(name)
        if parameter is None or value is None or isinstance(value, (dict, list)):
            continue
        reason = _why_unfit(pipeline, parameter, value)
        if reason is not None:
            path: Path = (*node.path, PARAMETERS, name)
            related = (_declared(node, PARAMETERS, name),)
            yield Finding("P362", f"the parameter `{name}` {reason}", path, related=related)


def _why_unfit(pipeline: Pipeline, parameter: Parameter, value: Any) -> str | None:
    """Returns why a parameter of an included spec cannot have a value of this one, or None."""
    if not isinstance(value, str) or not has_braces(value):
        return why_unfit(parameter, value)
    template = parse_template(value)
    if template.bad_references:
        return None
    whole = template.whole
    if whole is None:
        return None if parameter.type in ("str", "path") else why_unfit(parameter, value)
    if whole.root == "artifact":
        return "is known before its nodes run, and the value of an artifact is not: give it as an input"
    outer = pipeline.parameters.get(whole.name) if whole.root == "parameters" else None
    type_ = outer.type if outer is not None else "str"
    if whole.root == "parameters" and outer is None:
        return None
    takes = {"float": ("int", "float"), "str": ("str", "path"), "path": ("str", "path")}
    if type_ not in takes.get(parameter.type, (parameter.type,)):
        return f"has the type {parameter.type}, and `{whole.target}` the type {type_}"
    return None


def given_outputs(pipeline: Pipeline) -> Iterator[Finding]:
    """T202, T203, T206, T208 and F805: what the document declares to give is no output of one node."""
    declared: Mapping[Path, object] = {
        **{(OUTPUTS, name): channel for name, channel in pipeline.outputs.items()},
        **{(INPUTS, name, "default"): each.default for name, each in pipeline.inputs.items() if each.default},
    }
    for path, channel in declared.items():
        text = str(channel)
        match = CHANNEL.fullmatch(text)
        if match is None:
            message = f"{named(path)} must be a channel, but it is {what_it_is(text)}"
            help = ("a channel is a component and its output, such as `transform.transform_graph`",)
            yield Finding("T206", message, path, help=help)
            continue
        component, output = match.groups()
        start = len(text) - len(output)
        yield from output_findings(pipeline, component, output, path, (0, len(component)), (start, len(text)))
        matrix = pipeline.matrices.of(component)
        if matrix is not None and matrix.is_sound and selected_component(text)[1] is None:
            message = f"`{component}` is {len(matrix.combinations)} nodes: which of them is meant?"
            help = (
                f"write `{component}[axis=value].{output}`, or choose one of them with `type: BestModel`",
            )
            yield Finding("F805", message, path, part=(0, len(component)), help=help)


def mistaken_defaults(pipeline: Pipeline) -> Iterator[Finding]:
    """T204 and P367: an input whose default is of another type, or is an input itself."""
    for name, declared in pipeline.inputs.items():
        match = CHANNEL.fullmatch(declared.default or "")
        path = (INPUTS, name, "default")
        if match is None:
            continue
        if match.group(1) == INCLUDER and INCLUDER not in pipeline.node_ids:
            message = f"the default of the input `{name}` cannot be an input itself"
            yield Finding("P367", message, path, help=("name an output of a component of this spec",))
            continue
        given = pipeline.known_type(*match.groups())
        if given is not None and not is_assignable(given, declared.artifact_type):
            message = (
                f"the input `{name}` takes {plural_or_a(declared.artifact_type)}, "
                f"but `{declared.default}` is {plural_or_a(given)}"
            )
            yield Finding("T204", message, path)


def components_called_inputs(pipeline: Pipeline) -> Iterator[Finding]:
    """P366: a component with the name that the pipeline around a spec has there."""
    if INCLUDER in pipeline.node_ids and pipeline.document.get(INPUTS):
        yield Finding(
            "P366",
            f"a component cannot be called `{INCLUDER}` in a spec that declares inputs",
            ("components", INCLUDER),
            at_key=True,
            related=(Related((INPUTS,), f"`{INCLUDER}.NAME` is one of these"),),
            help=("give the component another name",),
        )


def exit_nodes_of_included(pipeline: Pipeline) -> Iterator[Finding]:
    """P363 and P364: included specs that run on exit, and exit nodes of included specs."""
    for node, included in _including(pipeline):
        if pipeline.document.get(ON_EXIT) == node.id:
            yield Finding(
                "P363",
                f"`{node.id}` includes a spec: one node runs after all the others",
                (ON_EXIT,),
                related=(Related(node.path, "it is declared here"),),
                help=("name a component that is one node",),
            )
        name = included.document.get(ON_EXIT)
        if isinstance(name, str) and name in included.node_ids:
            yield Finding(
                "P364",
                f"`{name}` of `{node.id}` does not run: only the exit node of the spec that is run does",
                (*node.path, SPEC),
                related=(Related((*node.path, SPEC, ON_EXIT), "it runs after all others by this", False),),
                help=("give this spec an `on_exit` of its own, or ignore this: `# tfxc: ignore[P364]`",),
            )


def _including(pipeline: Pipeline) -> Iterator[tuple[Node, Pipeline]]:
    for node in pipeline.nodes.values():
        if node.includes and node.id in pipeline.included:
            yield node, pipeline.included[node.id]


def _undeclared(
    node: Node, included: Pipeline, what: str, name: str, names: list[str], key: str, code: str
) -> Finding:
    listed = f"its {key} are {enumeration(names)}" if names else f"it declares no {key}"
    return Finding(
        code,
        f"`{included.loaded.path.name}` has no {what} `{name}`",
        (*node.path, key, name),
        at_key=True,
        related=(Related((*node.path, SPEC, key), f"its {key} are declared here"),) if names else (),
        help=did_you_mean(name, names) or (listed,),
        fix=closest(name, names),
    )


def _declared(node: Node, key: str, name: str) -> Related:
    return Related((*node.path, SPEC, key, name), "the included spec declares it here")
