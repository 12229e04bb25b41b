"""What is checked in a loaded document: one function for each code or tight family of codes."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tfxc.compiler.checks.components import argument_groups, component_shapes
from tfxc.compiler.checks.conditions import (
    condition_artifacts,
    condition_properties,
    condition_syntax,
    condition_types,
    constant_conditions,
)
from tfxc.compiler.checks.design import (
    foreign_blessings,
    mixed_transforms,
    shared_destinations,
    unguarded_pushers,
    unused_outputs,
    written_passwords,
)
from tfxc.compiler.checks.document import document_shape, metadata_kinds
from tfxc.compiler.checks.evaluation import (
    blessings_never_given,
    changes_without_baseline,
    compared_with_itself,
    harmless_thresholds,
    slices_never_computed,
)
from tfxc.compiler.checks.graph import cycles, exit_node, repeated_dependencies, unknown_dependencies
from tfxc.compiler.checks.modules import (
    keras_3_saves,
    module_folders,
    unreadable_components,
    unusable_module_files,
    user_functions,
    wrong_signatures,
)
from tfxc.compiler.checks.policy import beam_arguments, local_database, variable_names
from tfxc.compiler.checks.references import (
    inconsistent_parameters,
    misplaced_references,
    mistaken_references,
    unknown_parameters,
    unused_parameters,
)
from tfxc.compiler.checks.splits import (
    importer_properties,
    missing_splits,
    unknown_exclusions,
)
from tfxc.compiler.checks.wiring import (
    lists_for_single_inputs,
    mismatched_types,
    missing_channels,
    resolver_channels,
    unknown_artifact_types,
    unknown_channels,
)
from tfxc.compiler.pipeline.model import Pipeline, pipeline_of
from tfxc.compiler.source.load import Loaded
from tfxc.schemas.diagnostics import Finding

Check = Callable[[Pipeline], Iterable[Finding]]

CHECKS: tuple[Check, ...] = (
    document_shape,
    metadata_kinds,
    local_database,
    inconsistent_parameters,
    mistaken_references,
    unknown_parameters,
    misplaced_references,
    unused_parameters,
    unreadable_components,
    component_shapes,
    argument_groups,
    variable_names,
    unknown_channels,
    mismatched_types,
    missing_channels,
    lists_for_single_inputs,
    unknown_artifact_types,
    resolver_channels,
    missing_splits,
    importer_properties,
    unusable_module_files,
    wrong_signatures,
    keras_3_saves,
    user_functions,
    module_folders,
    condition_syntax,
    condition_artifacts,
    condition_properties,
    condition_types,
    constant_conditions,
    cycles,
    unknown_dependencies,
    repeated_dependencies,
    exit_node,
    unguarded_pushers,
    unused_outputs,
    shared_destinations,
    foreign_blessings,
    mixed_transforms,
    written_passwords,
    harmless_thresholds,
    changes_without_baseline,
    blessings_never_given,
    compared_with_itself,
    slices_never_computed,
    unknown_exclusions,
    beam_arguments,
)
"""All checks, in the order in which a document is understood. None depends on another's outcome."""


def run_checks(loaded: Loaded) -> list[Finding]:
    """Returns everything that is wrong with a document, in the order of `CHECKS`.

    A document without a tree has nothing to check. No exception escapes, whatever the document.
    """
    if loaded.tree is None:
        return []
    pipeline = pipeline_of(loaded)
    return [finding for check in CHECKS for finding in check(pipeline)]
