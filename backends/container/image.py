"""The files that a container image of a pipeline is built from."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import PurePosixPath

from tfxc.backends.container.fields import BUNDLE_IN_IMAGE
from tfxc.backends.container.object_stores import needs_s3
from tfxc.backends.container.own_wheel import own_wheel
from tfxc.backends.container.text_template import text_template
from tfxc.schemas.carried_files import carried_files
from tfxc.schemas.plan import Plan
from tfxc.schemas.start import launcher_command

_PACKAGE = "tfxc.backends.container"


@dataclass(frozen=True)
class ImageRecipe:
    """What an image starts from, its Python, and what is installed in it beside TFX."""

    base_image: str
    python: str
    pip_packages: tuple[str, ...] = ()


def has_modules(files: Iterable[PurePosixPath]) -> bool:
    """Whether modules are among the files that a bundle carries."""
    return any(file.parts[0] == "modules" for file in files)


def image_files(plan: Plan, recipe: ImageRecipe, modules: bool) -> dict[PurePosixPath, bytes]:
    """Returns the Dockerfile, requirements.txt and tfxc's own wheel, by their paths in the bundle."""
    name, wheel = own_wheel()
    return {
        PurePosixPath("Dockerfile"): _dockerfile(plan, recipe, modules).encode(),
        PurePosixPath("requirements.txt"): requirements(plan, recipe).encode(),
        PurePosixPath("wheels", name): wheel,
    }


def requirements(plan: Plan, recipe: ImageRecipe) -> str:
    """Returns the requirements of the image: tfxc's locked TFX environment, and what the spec adds.

    What reads s3:// for Beam and for TensorFlow is added where the Plan names it.
    """
    locked = json.loads(files(_PACKAGE).joinpath("environment.json").read_text("utf-8"))
    lines = [*locked["tfx"], *(locked["s3"] if needs_s3(plan) else ()), *recipe.pip_packages]
    return "\n".join(lines) + "\n"


def _dockerfile(plan: Plan, recipe: ImageRecipe, modules: bool) -> str:
    return text_template(_PACKAGE, "Dockerfile.jinja2").render(
        bundle=BUNDLE_IN_IMAGE,
        base_image=recipe.base_image,
        python=recipe.python,
        launcher=launcher_command(recipe.python),
        modules=modules,
        carried=[json.dumps([str(file), str(file)], ensure_ascii=False) for file in carried_files(plan)],
    )
