"""What a node of a Plan is: its component, by kind, and the user's code that it needs."""

from typing import Annotated, Literal, Optional, Union

from pydantic import Field

from tfxc.schemas.plan_base import PlanModel
from tfxc.schemas.plan_values import JsonValue
from tfxc.schemas.spec_values import spec_value


class PlanModule(PlanModel):
    """The user's Python code of one node.

    ``folder`` indexes `Plan.modules`; ``import_name`` is what to import with that folder first on
    ``sys.path``. With ``folder`` None the module comes from the environment's installed packages.
    ``sha256`` covers what the node needs of the folder: the module, what it imports, and the data that is
    named with it. It is part of the node's cache key.
    """

    folder: Optional[int]
    import_name: str
    sha256: str = ""


class PlanModuleFolder(PlanModel):
    """A folder of the user's Python files, and of the data that travels with them.

    ``source`` is the folder relative to the spec; ``files`` are relative to it, sorted, with
    forward slashes. In a bundle they lie under ``modules/<index>/``. ``sha256`` covers names and
    contents.
    """

    source: str
    files: tuple[str, ...]
    sha256: str


class PlanExecutor(PlanModel):
    """An executor class that stands in for a standard component's own: TFX's ``custom_executor_spec``."""

    module: PlanModule
    class_name: str


class StandardComponent(PlanModel):
    """A component of TFX's own, by its name in `tfx.components` and its import path."""

    kind: Literal["standard"] = "standard"
    type: str
    class_path: str
    """``package.module:Class``"""
    executor: Optional[PlanExecutor] = None
    engine: Optional[Literal["katib"]] = None
    """what does the work in the place of an executor"""


class PythonComponent(PlanModel):
    """A TFX ``@component`` function (or component class) of the user's.

    ``final_status`` is the parameter that the launcher gives the run's final status, for an exit handler.
    """

    kind: Literal["python"] = "python"
    type: str
    module: PlanModule
    function: str
    final_status: Optional[str] = None


class ResolverComponent(PlanModel):
    """A TFX Resolver node. ``module`` is where ``strategy_class`` lies if that is the user's."""

    kind: Literal["resolver"] = "resolver"
    type: Literal["Resolver"] = "Resolver"
    strategy_class: str
    """``package.module:Class``"""
    module: Optional[PlanModule] = None
    config: dict[str, JsonValue] = Field(default_factory=dict)


class ImporterComponent(PlanModel):
    """A TFX Importer node."""

    kind: Literal["importer"] = "importer"
    type: Literal["Importer"] = "Importer"


class ContainerComponent(PlanModel):
    """A command in an image. TFX's ``create_container_component`` is its like.

    ``command`` takes the place of the image's entry point (empty: it stays), ``args`` come behind it. Both
    may hold the forms ``$input`` and ``$output`` (`tfxc.schemas.plan_values`): a URI, path or value of what
    the node reads and makes. ``working_directory`` is a folder of the image.
    """

    kind: Literal["container"] = "container"
    type: Literal["Container"] = "Container"
    image: JsonValue
    command: tuple[JsonValue, ...] = ()
    args: tuple[JsonValue, ...] = ()
    working_directory: Optional[str] = None


PlanComponent = Annotated[
    Union[StandardComponent, PythonComponent, ResolverComponent, ImporterComponent, ContainerComponent],
    Field(discriminator="kind"),
]


def shown_type(component: PlanComponent) -> str:
    """Returns what people are shown of a component's type: of a container the image, too."""
    if isinstance(component, ContainerComponent):
        return f"{component.type} {spec_value(component.image)}"
    return component.type
