"""Pages: sections put into one HTML file that loads nothing, and runs no script but its own.

All text is escaped; control characters and those that turn the direction of text are made visible.
The content policy names the page's scripts and style by their hashes and forbids everything else.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from tfxc.backends.metadata.values import Run
from tfxc.backends.reports.html.collect import collect
from tfxc.backends.reports.html.numbers import shown_time
from tfxc.backends.reports.html.run_sections import header
from tfxc.backends.reports.html.sections import Section
from tfxc.schemas.plan import Plan
from tfxc.schemas.version import tfxc_version

if TYPE_CHECKING:
    import jinja2

_PACKAGE = "tfxc.backends.reports.html"
_CURVES = "curves.html.jinja2"
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def run_page(plan: Plan, run: Run, now: datetime) -> str:
    """Returns the page of a run. Raises Failure if what reads artifacts is not installed."""
    found = collect(plan, run)
    title = f"{plan.name}: run {run.id}"
    return page(title, found.sections, now, header(plan, run, found.verdicts), found.omitted)


def page(
    title: str,
    sections: Sequence[Section],
    now: datetime,
    head: Mapping[str, Any] | None = None,
    omitted: Sequence[str] = (),
) -> str:
    """Returns a page of sections; ``head`` is what stands above them, of a run."""
    zooms = any(section.template == _CURVES for section in sections)
    style = _file("templates/style.css") + (_file("vendor/uPlot.min.css") if zooms else "")
    # Its licence goes where it goes.
    uplot = f"/*\n{_file('vendor/uPlot.LICENSE')}*/\n{_file('vendor/uPlot.iife.min.js')}"
    scripts = [uplot] if zooms else []
    scripts.append(_file("templates/page.js"))
    return (
        _environment()
        .get_template("page.html.jinja2")
        .render(
            title=title,
            sections=sections,
            head=head,
            omitted=omitted,
            style=_markup(style),
            scripts=[_markup(script) for script in scripts],
            policy=_policy(style, scripts),
            made=f"tfxc {tfxc_version()}, {shown_time(now)}",
        )
    )


def visible(value: Any) -> Any:
    """Returns a text with the characters made visible that would hide, or turn, what it says."""
    if type(value) is not str:  # numbers; and Markup, which is escaped already
        return value
    return _UNSEEN.sub(_name, value)


def _name(match: re.Match[str]) -> str:
    number = ord(match[0])
    if number < 0x20:
        return chr(0x2400 + number)
    return "␡" if number == 0x7F else f"⟨U+{number:04X}⟩"


def _plain(value: Any) -> Any:
    """Returns JSON data with every text in it made visible."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, Mapping):
        return {visible(name): _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, (list, tuple)) else value


@cache
def _environment() -> jinja2.Environment:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(_PACKAGE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=visible,
    )
    environment.filters["plain"] = _plain
    environment.filters["visible"] = visible
    environment.filters["with_code"] = _with_code
    environment.filters["row_data"] = lambda row: (row.cells, row.tone)
    environment.policies["json.dumps_kwargs"] = {"separators": (",", ":"), "sort_keys": False}
    return environment


def _with_code(text: str) -> Any:
    """Returns our own words as HTML: what stands between backticks is code."""
    from markupsafe import Markup, escape

    parts = [str(escape(part)) for part in text.split("`")]
    wrapped = (f"<code>{part}</code>" if index % 2 else part for index, part in enumerate(parts))
    return Markup("".join(wrapped))  # noqa: S704 - escaped, part by part


def _markup(text: str) -> Any:
    from markupsafe import Markup

    return Markup(text)  # noqa: S704 - our own files


@cache
def _file(name: str) -> str:
    return resources.files(_PACKAGE).joinpath(name).read_text(encoding="utf-8")


def _policy(style: str, scripts: Sequence[str]) -> str:
    """Returns the content policy: nothing but the style and the scripts of the page, by their hashes."""
    script_hashes = " ".join(map(_hash, scripts))
    return (
        f"default-src 'none'; style-src {_hash(style)}; script-src {script_hashes}; img-src data:;"
        " base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
