"""What is checked in a loaded document: one function for each code or tight family of codes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from tfxc.compiler.checks.artifact_types import mismatched_types, unknown_artifact_types
from tfxc.compiler.checks.channels import unknown_channels
from tfxc.compiler.checks.compared_kinds import condition_types
from tfxc.compiler.checks.components import argument_groups, component_shapes
from tfxc.compiler.checks.conditions import (
    condition_artifacts,
    condition_properties,
    condition_syntax,
    constant_conditions,
    skips_nothing,
)
from tfxc.compiler.checks.containers import (
    container_images,
    container_keys,
    container_references,
    unused_by_commands,
)
from tfxc.compiler.checks.design import (
    foreign_blessings,
    mixed_transforms,
    schemas_of_the_same_data,
    shared_destinations,
    unguarded_pushers,
    unused_outputs,
)
from tfxc.compiler.checks.document import document_shape, metadata_kinds, two_caches
from tfxc.compiler.checks.evaluation import (
    blessings_never_given,
    changes_without_baseline,
    compared_with_itself,
    harmless_thresholds,
    slices_never_computed,
)
from tfxc.compiler.checks.graph import (
    cycles,
    exit_node,
    pipelines_that_start_themselves,
    repeated_dependencies,
    unknown_dependencies,
)
from tfxc.compiler.checks.included import (
    bound_parameters,
    components_called_inputs,
    exit_nodes_of_included,
    given_outputs,
    mistaken_defaults,
    undeclared_inputs,
)
from tfxc.compiler.checks.matrix import mistaken_matrices, selections, templated_axes, unmatched_nodes
from tfxc.compiler.checks.metric_classes import mistaken_metrics, unknown_metrics
from tfxc.compiler.checks.metric_names import metrics_never_computed, slices_nobody_computes
from tfxc.compiler.checks.metric_options import unfit_metric_options
from tfxc.compiler.checks.model_specs import contradictory_models
from tfxc.compiler.checks.module_data import module_data
from tfxc.compiler.checks.modules import (
    keras_3_saves,
    module_folders,
    unreadable_components,
    unusable_module_files,
    wrong_signatures,
)
from tfxc.compiler.checks.names_in_tfx import shared_names_in_tfx
from tfxc.compiler.checks.policy import beam_arguments, local_database, variable_names
from tfxc.compiler.checks.queries import queried_producers, queried_properties, queries_of_this_run
from tfxc.compiler.checks.references import (
    inconsistent_parameters,
    misplaced_references,
    mistaken_references,
    unknown_axes,
    unknown_parameters,
    unused_parameters,
)
from tfxc.compiler.checks.secrets import written_secrets
from tfxc.compiler.checks.signatures import unknown_signatures
from tfxc.compiler.checks.splits import (
    importer_properties,
    missing_splits,
    unknown_exclusions,
)
from tfxc.compiler.checks.tfx_lines import keys_of_another_line
from tfxc.compiler.checks.training import endless_training
from tfxc.compiler.checks.unread_arguments import unread_arguments
from tfxc.compiler.checks.user_classes import unusable_executors, unusable_strategies
from tfxc.compiler.checks.user_functions import user_functions
from tfxc.compiler.checks.values import artifact_values, misplaced_values, texts_like_references
from tfxc.compiler.checks.wiring import lists_for_single_inputs, missing_channels, resolver_channels
from tfxc.compiler.pipeline.model import Pipeline, pipeline_of
from tfxc.compiler.source.load import Loaded
from tfxc.schemas.diagnostics import Finding

SHAPE = ("S101", "S102", "S103", "S104", "S105", "S106", "S107", "S108", "S109", "S110", "S111")
"""What a value can be that a model does not take."""


class Check:
    """One check: a function from a pipeline to findings, and the codes of those that it may give."""

    def __init__(self, find: Callable[[Pipeline], Iterable[Finding]], *codes: str) -> None:
        self.find = find
        self.codes = frozenset(codes)

    @property
    def name(self) -> str:
        """The function's name, as this module lists it."""
        return self.find.__name__


CHECKS: tuple[Check, ...] = (
    Check(document_shape, *SHAPE, "P304"),
    Check(metadata_kinds, "S109", "S110"),
    Check(two_caches, "S109"),
    Check(local_database, "S111"),
    Check(inconsistent_parameters, "P306"),
    Check(mistaken_references, "P301", "P302"),
    Check(unknown_parameters, "P303"),
    Check(unknown_axes, "P302"),
    Check(misplaced_references, "P305"),
    Check(unused_parameters, "W701"),
    Check(container_references, "P302"),
    Check(unreadable_components, "T201", "M401", "M402", "M403", "M404", "M406", "M407", "M408", "M409"),
    Check(component_shapes, *SHAPE, "P304", "T206", "T210", "M410"),
    Check(container_keys, "S101", "S105"),
    Check(container_images, "S111", "W741"),
    Check(unused_by_commands, "W740"),
    Check(argument_groups, "S109", "S110"),
    Check(keys_of_another_line, "S112"),
    Check(variable_names, "S105"),
    Check(mistaken_matrices, "F801", "F802", "F803", "F804", "S105"),
    Check(templated_axes, "F803"),
    Check(selections, "F803", "F806"),
    Check(unmatched_nodes, "F805"),
    Check(undeclared_inputs, "P359"),
    Check(bound_parameters, "P360", "P361", "P362"),
    Check(exit_nodes_of_included, "P363", "P364"),
    Check(given_outputs, "T202", "T203", "T206", "T208", "F805"),
    Check(components_called_inputs, "P366"),
    Check(mistaken_defaults, "T204", "P367"),
    Check(unknown_channels, "T202", "T203", "T206", "T208"),
    Check(mismatched_types, "T204"),
    Check(missing_channels, "T205"),
    Check(lists_for_single_inputs, "T209"),
    Check(unknown_artifact_types, "T207"),
    Check(resolver_channels, "T210"),
    Check(queried_producers, "T202", "T203", "T204", "T208"),
    Check(queried_properties, "T212"),
    Check(artifact_values, "T202", "T203", "T208", "T220"),
    Check(misplaced_values, "P305"),
    Check(missing_splits, "T211"),
    Check(importer_properties, "T212"),
    Check(unusable_module_files, "M401", "M402", "M403", "M404", "M407"),
    Check(wrong_signatures, "M405"),
    Check(keras_3_saves, "M411"),
    Check(endless_training, "W780"),
    Check(unknown_signatures, "W784"),
    Check(user_functions, "M404", "M405", "M406", "M408"),
    Check(unusable_executors, "M401", "M402", "M403", "M404", "M406", "M407", "M408"),
    Check(unusable_strategies, "T201", "M401", "M402", "M403", "M404", "M406", "M407", "M408"),
    Check(module_folders, "M402"),
    Check(module_data, "M412"),
    Check(unknown_metrics, "M413"),
    Check(mistaken_metrics, "M414"),
    Check(unfit_metric_options, "M415"),
    Check(contradictory_models, "M416"),
    Check(condition_syntax, "C501"),
    Check(condition_artifacts, "T202", "T203", "T208"),
    Check(condition_properties, "C502", "C503"),
    Check(condition_types, "C504", "C505"),
    Check(constant_conditions, "W711"),
    Check(skips_nothing, "W731"),
    Check(cycles, "G601"),
    Check(unknown_dependencies, "G602"),
    Check(repeated_dependencies, "W707"),
    Check(exit_node, "G603", "G604"),
    Check(pipelines_that_start_themselves, "G605"),
    Check(shared_names_in_tfx, "G610"),
    Check(unguarded_pushers, "W702"),
    Check(unused_outputs, "W705"),
    Check(shared_destinations, "W706"),
    Check(foreign_blessings, "W709"),
    Check(mixed_transforms, "W710"),
    Check(written_secrets, "W714"),
    Check(harmless_thresholds, "W703"),
    Check(changes_without_baseline, "W704"),
    Check(blessings_never_given, "W708"),
    Check(compared_with_itself, "W713"),
    Check(slices_never_computed, "W715"),
    Check(metrics_never_computed, "W775"),
    Check(slices_nobody_computes, "W776"),
    Check(unread_arguments, "W786"),
    Check(unknown_exclusions, "W712"),
    Check(beam_arguments, "W716"),
    Check(schemas_of_the_same_data, "W717"),
    Check(queries_of_this_run, "W730"),
    Check(texts_like_references, "W732"),
)
"""All checks, in the order in which a document is understood. None depends on another's
outcome."""


ELSEWHERE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "tfxc.compiler.source": (
            *(f"Y0{number:02}" for number in range(1, 15)),
            *("P351", "P352", "P353", "P354", "P355", "P356", "P357", "P358"),
        ),
        "tfxc.compiler.checks.backend_settings": (*SHAPE, "B102", "B103"),
        "tfxc.compiler.checks.honoured": ("B101",),
        "tfxc.compiler.checks.unbound_inputs": ("P365",),
        "tfxc.compiler.checks.given_values": ("P303", "S103", "S104", "S106", "S111"),
        "tfxc.compiler.checks.data": (
            *("W760", "W761", "W762", "W763", "W764", "W765", "W766", "W767", "W768", "W777"),
            *("W781", "W782", "W783", "W785"),
        ),
        "tfxc.compiler.ignores": ("W750", "W751"),
        "tfxc.compiler.validation": ("Y015", "Y016", "Y017"),
        "tfxc.backends.local": ("B101",),
        "tfxc.backends.container": ("B101", "B110", "B140", "B141", "B142", "B143"),
        "tfxc.backends.airflow": tuple(f"B{number}" for number in range(120, 132)),
        "tfxc.backends.kubeflow": ("B101", "B110", "B111", "B112"),
    }
)
"""package or module → the codes that it gives, where that is no check of a document: reading files, the data,
what is ignored, the backends."""


def run_checks(loaded: Loaded) -> list[Finding]:
    """Returns everything that is wrong with a document, in the order of `CHECKS`.

    A document without a tree has nothing to check. No exception escapes, whatever the document.
    """
    if loaded.tree is None:
        return []
    pipeline = pipeline_of(loaded)
    return [finding for check in CHECKS for finding in check.find(pipeline)]
