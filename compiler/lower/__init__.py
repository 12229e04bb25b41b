"""A checked document → a Plan."""

from __future__ import annotations

from tfxc.compiler.lower.modules import ModuleFolders, module_contents
from tfxc.compiler.lower.nodes import lower_nodes
from tfxc.compiler.lower.sections import lower_metadata, lower_parameters, pipeline_root
from tfxc.compiler.lower.values import ValueLowering
from tfxc.compiler.pipeline.expand import Expansion
from tfxc.compiler.pipeline.tfx_line import needed_line
from tfxc.schemas.plan import Plan, PlanGroup
from tfxc.schemas.version import tfxc_version

__all__ = ["lower", "module_contents"]


def lower(expansion: Expansion) -> Plan:
    """Returns the Plan of an expanded document in which the checks found no error.

    The same document and module files give the same Plan, byte for byte as JSON. Raises OSError if a
    module file has gone away since the checks.
    """
    pipeline = expansion.pipeline
    loaded = pipeline.loaded
    document = loaded.document
    values = ValueLowering(loaded)
    folders = ModuleFolders(loaded.folder, pipeline.reader.finder)
    nodes, groups = lower_nodes(expansion, values, folders)
    return Plan(
        compiled_by=tfxc_version(),
        tfx=needed_line(pipeline),
        name=document["name"],
        tfx_name=document.get("tfx_name"),
        description=document.get("description") or "",
        parameters=lower_parameters(pipeline, values),
        pipeline_root=pipeline_root(document, values),
        metadata=lower_metadata(document, values),
        beam_pipeline_args=tuple(
            values.text(argument) for argument in document.get("beam_pipeline_args") or ()
        ),
        nodes=nodes,
        groups=tuple(
            PlanGroup(id=group.id, label=group.label, description=group.description, parent=group.parent)
            for group in groups
        ),
        on_exit=expansion.on_exit,
        modules=folders.lowered(),
        backends={name: settings or {} for name, settings in (document.get("backends") or {}).items()},
    )
