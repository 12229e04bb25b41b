"""The packages of the wheel: every one below the three folders, each as ``tfxc.<folder>``; examples."""

from setuptools import find_packages, setup

FOLDERS = ("schemas", "backends", "compiler")
EXAMPLES = "specs"  # no code of tfxc: pyproject.toml says which of its files are carried


def packages_of(folder: str) -> list[str]:
    """Returns the packages of one folder by their import names."""
    return [f"tfxc.{folder}", *(f"tfxc.{folder}.{package}" for package in find_packages(folder))]


setup(
    packages=[*(package for folder in FOLDERS for package in packages_of(folder)), f"tfxc.{EXAMPLES}"],
    package_dir={f"tfxc.{folder}": folder for folder in (*FOLDERS, EXAMPLES)},
)
