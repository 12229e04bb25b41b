"""The packages of the wheel: every one below the three folders, each as ``tfxc.<folder>``; examples.

``tfxc`` itself is the folder ``package``: it holds what ``python -m tfxc`` runs, the pytest plug-in
``tfxc.testing``, and no ``__init__.py``.
"""

from setuptools import find_packages, setup

FOLDERS = ("schemas", "backends", "compiler")
EXAMPLES = "specs"  # no code of tfxc: pyproject.toml says which of its files are carried


def packages_of(folder: str) -> list[str]:
    """Returns the packages of one folder by their import names."""
    return [f"tfxc.{folder}", *(f"tfxc.{folder}.{package}" for package in find_packages(folder))]


setup(
    packages=[
        "tfxc",
        *(package for folder in FOLDERS for package in packages_of(folder)),
        f"tfxc.{EXAMPLES}",
    ],
    package_dir={"tfxc": "package", **{f"tfxc.{folder}": folder for folder in (*FOLDERS, EXAMPLES)}},
)
