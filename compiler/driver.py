"""The phases from a spec's file to a Plan, as one visible tuple.

source → document → checks → backends' settings → expansion → Plan → what its backends honour
→ what is not to be told

Each phase takes a `CheckedSpec` and returns the next one. Those of `CHECKS` collect everything that
is wrong; those of `LOWERING` run only when nothing is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from tfxc.compiler.source.diagnose import diagnostics_of
from tfxc.compiler.source.environments import ENVIRONMENTS
from tfxc.compiler.source.files import DISK, Files
from tfxc.compiler.source.include import with_included
from tfxc.compiler.source.load import Loaded, load
from tfxc.compiler.source.read import STANDARD_INPUT
from tfxc.schemas.diagnostic_codes import OF_DATA
from tfxc.schemas.diagnostics import Diagnostic, Finding, Path, sorted_diagnostics

if TYPE_CHECKING:
    from tfxc.compiler.ignores.apply import Ignore
    from tfxc.compiler.pipeline.expand import Expansion
    from tfxc.schemas.plan import Plan


@dataclass(frozen=True)
class CheckedSpec:
    """A spec with everything that is known to be wrong with it, and its Plan if nothing is.

    ``diagnostics`` are sorted. ``backends`` are those that the spec is checked for; None means those
    that it has settings of.
    """

    loaded: Loaded
    diagnostics: tuple[Diagnostic, ...]
    backends: tuple[str, ...] | None = None
    expansion: Expansion | None = None
    plan: Plan | None = None

    @property
    def has_errors(self) -> bool:
        """Whether the spec cannot be compiled or run."""
        return any(diagnostic.is_error for diagnostic in self.diagnostics)

    def backend_names(self) -> tuple[str, ...]:
        """Returns the backends to check for, in the order of the spec."""
        sections = self.loaded.document.get("backends")
        if self.backends is not None:
            return self.backends
        return tuple(sections) if isinstance(sections, dict) else ()


Phase = Callable[[CheckedSpec], CheckedSpec]


def check_document(spec: CheckedSpec) -> CheckedSpec:
    """Shape, names, references, wiring, modules, conditions, the graph."""
    from tfxc.compiler.checks.registry import run_checks

    return with_findings(spec, run_checks(spec.loaded))


def check_data(
    spec: CheckedSpec,
    parameters: Mapping[str, Any],
    nodes: Collection[str] | None = None,
    is_run: bool = False,
) -> CheckedSpec:
    """The files on this machine that ``nodes`` (None: all) read; for a spec without errors."""
    if spec.has_errors or spec.loaded.tree is None:
        return spec
    from tfxc.compiler.checks.data.checks import data_findings
    from tfxc.compiler.pipeline.model import pipeline_of

    origins: list[Path] | None = None
    if nodes is not None:
        planned = spec.plan.nodes if spec.plan is not None else ()
        origins = [node.origin for node in planned if node.id in nodes]
    found = data_findings(pipeline_of(spec.loaded), parameters, origins, is_run)
    told = [with_findings(replace(spec, diagnostics=()), found[0].findings).diagnostics]
    told += [_of_included(each.loaded, each.findings) for each in found[1:]]
    return replace(spec, diagnostics=tuple(sorted_diagnostics(chain(spec.diagnostics, *told))))


def check_included(spec: CheckedSpec) -> CheckedSpec:
    """The specs that this one includes: each as a document of its own, once, at its own lines."""
    if not spec.loaded.included:
        return spec
    from tfxc.compiler.checks.registry import run_checks
    from tfxc.compiler.source.include import included_specs

    found = [
        _of_included(loaded, run_checks(loaded), loaded.diagnostics) for loaded in included_specs(spec.loaded)
    ]
    return replace(spec, diagnostics=tuple(sorted_diagnostics(chain(spec.diagnostics, *found))))


def _of_included(
    loaded: Loaded, findings: Iterable[Finding], known: tuple[Diagnostic, ...] = ()
) -> tuple[Diagnostic, ...]:
    """Returns the diagnostics of an included spec, but for those that it ignores itself."""
    from tfxc.compiler.ignores.apply import apply_ignores, written_ignores

    ignores, _ = written_ignores(loaded)
    found = with_findings(CheckedSpec(loaded, known), findings).diagnostics
    return apply_ignores(found, ignores, frozenset()).told


def check_backend_settings(spec: CheckedSpec) -> CheckedSpec:
    """The sections of ``backends``, each with the model of its backend."""
    if not spec.loaded.document.get("backends"):
        return spec
    from tfxc.compiler.checks.backend_settings import settings_findings

    return with_findings(spec, settings_findings(spec.loaded.document))


def expand_components(spec: CheckedSpec) -> CheckedSpec:
    """The nodes that will run, which the components of the document stand for, if it can run by itself."""
    from tfxc.compiler.checks.unbound_inputs import unbound_inputs
    from tfxc.compiler.pipeline.expand import expand
    from tfxc.compiler.pipeline.model import pipeline_of

    unbound = list(unbound_inputs(pipeline_of(spec.loaded)))
    if unbound:
        return with_findings(spec, unbound)
    return replace(spec, expansion=expand(pipeline_of(spec.loaded)))


def lower_to_plan(spec: CheckedSpec) -> CheckedSpec:
    """The document as a Plan."""
    if spec.expansion is None:
        return spec
    from tfxc.compiler.lower import lower

    return replace(spec, plan=lower(spec.expansion))


def check_backends(spec: CheckedSpec) -> CheckedSpec:
    """What the Plan asks for and a backend does not honour."""
    names = spec.backend_names()
    if not names or spec.plan is None:
        return spec
    from tfxc.backends import load_backend
    from tfxc.compiler.checks.honoured import honoured_findings

    findings: list[Finding] = []
    for backend in map(load_backend, names):
        findings += honoured_findings(backend, spec.plan, spec.loaded.document)
        findings += _each_component_once(backend.check(spec.plan), spec.plan, spec.loaded)
    return with_findings(spec, findings)


def _each_component_once(findings: Iterable[Finding], plan: Plan, loaded: Loaded) -> list[Finding]:
    """Returns findings without those about a component's other nodes: what is wrong with it stands once.

    A component of a spec that is included several times is one component.
    """
    counted = Counter(_written(node.origin, loaded) for node in plan.nodes)
    several = {origin for origin, number in counted.items() if number > 1}
    kept: dict[object, Finding] = {}
    for finding in findings:
        tree, path = _written(finding.path, loaded)
        of_several = (tree, path[:2]) in several
        place = (finding.code, tree, path, finding.at_key, finding.part)
        kept.setdefault(place if of_several else finding, finding)
    return list(kept.values())


def _written(path: Path, loaded: Loaded) -> tuple[int, Path]:
    """Returns what identifies the place where the value at a path is written."""
    tree, inner = loaded.placed(path)
    return id(tree), inner


CHECKS: tuple[Phase, ...] = (check_document, check_included, check_backend_settings)
LOWERING: tuple[Phase, ...] = (expand_components, lower_to_plan, check_backends)


def check(
    path: FilePath,
    environment: str | None = None,
    backends: tuple[str, ...] | None = None,
    want_plan: bool = True,
    ignore: frozenset[str] = frozenset(),
    look_at_data: bool = False,
    files: Files = DISK,
) -> CheckedSpec:
    """Checks a spec, and lowers it to a Plan if nothing is wrong with it.

    ``backends`` names the backends that the Plan is checked against; None means those
    that the spec has settings of, and with ``want_plan`` false and no such backend no Plan is made.
    ``ignore`` are codes of warnings that are not to be told; what the spec itself ignores is not either.
    With ``look_at_data`` the local files that the components read are looked at, where they are known.
    ``files`` is what the spec, and all that it names, is read from. Raises UnreadableFileError if the spec's
    file cannot be opened, UnknownBackendError.
    """
    spec = run_phases(path, environment, backends, want_plan, files)
    return without_ignored(check_data(spec, {}) if look_at_data else spec, ignore)


def without_ignored(spec: CheckedSpec, ignore: frozenset[str]) -> CheckedSpec:
    """Returns a spec without the warnings that are not to be told, and with what is wrong with asking so."""
    from tfxc.compiler.ignores.apply import apply_ignores, unused, written_ignores

    ignores, wrong = written_ignores(spec.loaded)
    if not (ignores or wrong or ignore):
        return spec
    outcome = apply_ignores(spec.diagnostics, ignores, ignore)
    idle = [each for each in ignores if each not in outcome.used and _is_judged(each.code, spec)]
    idle = [each for each in idle if not _is_used_elsewhere(each, spec)] if idle else []
    of_ignores = apply_ignores([*wrong, *map(unused, idle)], ignores, ignore).told
    return replace(spec, diagnostics=tuple(sorted_diagnostics([*outcome.told, *of_ignores])))


def _is_judged(code: str, spec: CheckedSpec) -> bool:
    """Whether a spec without a finding of this code surely has none: all that might give it was looked at.

    Data is another on every machine.
    """
    from tfxc.compiler.ignores.apply import OF_IGNORES

    if spec.has_errors or code in OF_IGNORES or code in OF_DATA:
        return False
    return not code.startswith("B") or (spec.backends is None and bool(spec.backend_names()))


def _is_used_elsewhere(ignore: Ignore, spec: CheckedSpec) -> bool:
    """Whether the spec needs an ignore in another environment, or whether there is no telling."""
    from tfxc.compiler.ignores.apply import apply_ignores, written_ignores

    sections = spec.loaded.document.get(ENVIRONMENTS)
    names = [None, *sections] if isinstance(sections, dict) else []
    for name in names:
        if name == spec.loaded.environment:
            continue
        if spec.loaded.path == STANDARD_INPUT:
            return True
        other = run_phases(spec.loaded.path, name, spec.backends, want_plan=False, files=spec.loaded.files)
        if other.has_errors:
            return True
        written, _ = written_ignores(other.loaded)
        same = [each for each in written if (each.code, each.span) == (ignore.code, ignore.span)]
        if apply_ignores(other.diagnostics, same, frozenset()).used:
            return True
    return False


def run_phases(
    path: FilePath,
    environment: str | None,
    backends: tuple[str, ...] | None,
    want_plan: bool,
    files: Files = DISK,
) -> CheckedSpec:
    """Returns a spec with all its diagnostics, those too that somebody asked not to be told of."""
    loaded = with_included(load(path, environment, files))
    spec = CheckedSpec(loaded, tuple(sorted_diagnostics(loaded.diagnostics)), backends)
    if loaded.tree is None:
        return spec
    for phase in CHECKS:
        spec = phase(spec)
    if spec.has_errors or not (want_plan or spec.backend_names()):
        return spec
    for phase in LOWERING:
        spec = phase(spec)
    return replace(spec, plan=None) if spec.has_errors else spec


def with_findings(spec: CheckedSpec, findings: Iterable[Finding]) -> CheckedSpec:
    """Returns the spec with the findings added as diagnostics, each at its place in the source."""
    added = diagnostics_of(spec.loaded, findings)
    if not added:
        return spec
    return replace(spec, diagnostics=tuple(sorted_diagnostics([*spec.diagnostics, *added])))
