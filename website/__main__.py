"""``python -m website``: build the site."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

import tomli

from website.checks import faults
from website.navigation import navigation
from website.sources import ROOT, write_sources
from website.zensical import PAGES, BrokenSite, build


def build_site(target: Path) -> None:
    """Builds the site into ``target``, whose content is replaced. Raises BrokenSite."""
    urls = _urls()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        pages = write_sources(folder / PAGES, urls.get("Repository", ""))
        made = build(folder, navigation(pages), urls.get("Documentation", ""), urls.get("Repository", ""))
        found = list(faults(made))
        if found:
            raise BrokenSite("\n".join(found))
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(made, target)


def _urls() -> dict[str, str]:
    """Returns the addresses in pyproject.toml: the same that the wheel has."""
    project = tomli.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {str(name): str(url).rstrip("/") for name, url in project.get("urls", {}).items()}


def main() -> int:
    """Builds the site, and says where it is or what is wrong with it."""
    parser = argparse.ArgumentParser(prog="python -m website", description="Build the documentation site.")
    parser.add_argument(
        "--output", "-o", type=Path, default=ROOT / "build" / "site", help="where to (build/site)"
    )
    options = parser.parse_args()
    try:
        build_site(options.output)
    except BrokenSite as broken:
        sys.stderr.write(f"{broken}\n")
        return 1
    sys.stdout.write(f"{options.output / 'index.html'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
