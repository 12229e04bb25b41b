"""Every diagnostic code: how bad it is and what it says in a few words.

A code never changes its meaning and is never used again for another. The letter is the family:

====  =========================================================
Y0xx  the YAML text; from Y015 what stands around a spec: the file, the project's settings, tfxc itself
S1xx  the shape of the document: keys, types, ranges, names
T2xx  wiring and artifact types
P3xx  parameters and references; from P351 environments and extends, from P357 included specs
M4xx  module files, Python components, and from M413 metrics and the models that they are of
C5xx  conditions
G6xx  the graph
F8xx  several nodes of one component: matrices
W7xx  designs that are surely not meant; from W750 ignores, from W760 data (and W777), from W775 metrics
B1xx  backends
====  =========================================================

The page of a code is ``explanations/<CODE>.md`` beside this file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from tfxc.schemas.diagnostics import Severity


@dataclass(frozen=True)
class Code:
    """A diagnostic code. ``title`` is a few words without a full stop, for lists."""

    code: str
    severity: Severity
    title: str


ERROR = Severity.ERROR
WARNING = Severity.WARNING

_YAML = (
    Code("Y001", ERROR, "the text is not YAML"),
    Code("Y002", ERROR, "a tab in the indentation"),
    Code("Y003", ERROR, "a key is given twice"),
    Code("Y004", ERROR, "an alias to an anchor that is not there"),
    Code("Y005", ERROR, "aliases that expand without end or to too much"),
    Code("Y006", ERROR, "the document is nested too deeply"),
    Code("Y007", ERROR, "a key that is not a string"),
    Code("Y008", ERROR, "more than one document in a file"),
    Code("Y009", ERROR, "the document is empty or not a mapping"),
    Code("Y010", ERROR, "a merge key without a mapping to merge"),
    Code("Y011", ERROR, "a number that YAML versions read differently, or that JSON cannot hold"),
    Code("Y012", ERROR, "a YAML tag that means nothing here"),
    Code("Y013", ERROR, "text that is not UTF-8, or characters that YAML does not allow"),
    Code("Y014", ERROR, "the file is too large"),
    Code("Y015", ERROR, "a file that cannot be read"),
    Code("Y016", ERROR, "a spec that tfxc itself fails on"),
    Code("Y017", ERROR, "settings of the project that cannot be used"),
)

_SHAPE = (
    Code("S101", ERROR, "an unknown key or argument"),
    Code("S102", ERROR, "a required key is missing"),
    Code("S103", ERROR, "a value of the wrong type"),
    Code("S104", ERROR, "a number or a length out of range"),
    Code("S105", ERROR, "a bad name"),
    Code("S106", ERROR, "a value that is not one of the possible ones"),
    Code("S107", ERROR, "an unknown field of a config message"),
    Code("S108", ERROR, "two fields of a config message that exclude each other"),
    Code("S109", ERROR, "two arguments that exclude each other"),
    Code("S110", ERROR, "none of several arguments of which one is needed"),
    Code("S111", ERROR, "a value that cannot work"),
    Code("S112", ERROR, "a key that this line of TFX does not have"),
)

_WIRING = (
    Code("T201", ERROR, "an unknown component type"),
    Code("T202", ERROR, "a channel of an unknown component"),
    Code("T203", ERROR, "a channel of an unknown output"),
    Code("T204", ERROR, "artifacts of the wrong type"),
    Code("T205", ERROR, "a required channel is missing"),
    Code("T206", ERROR, "not a channel"),
    Code("T207", ERROR, "an unknown artifact type"),
    Code("T208", ERROR, "an output that the arguments switch off"),
    Code("T209", ERROR, "several channels for an input of one artifact"),
    Code("T210", ERROR, "a Resolver without the channels that its strategy needs"),
    Code("T211", ERROR, "a split that the examples do not have"),
    Code("T212", ERROR, "a property that the artifact type does not have"),
    Code("T220", ERROR, "the value of an artifact that has none"),
)

_PARAMETERS = (
    Code("P301", ERROR, "braces that hold no reference"),
    Code("P302", ERROR, "a reference to something that is not there"),
    Code("P303", ERROR, "an unknown parameter"),
    Code("P304", ERROR, "a reference of the wrong type"),
    Code("P305", ERROR, "a reference where the value must be known before a run"),
    Code("P306", ERROR, "a parameter that contradicts itself"),
)

_LAYERS = (
    Code("P351", ERROR, "an unknown environment"),
    Code("P352", ERROR, "an environment that is not a mapping"),
    Code("P353", ERROR, "a key that an environment cannot change"),
    Code("P354", ERROR, "the file to extend cannot be read"),
    Code("P355", ERROR, "files that extend each other in a circle"),
    Code("P356", ERROR, "extends is not the path of a file"),
    Code("P357", ERROR, "a spec that cannot be included"),
    Code("P358", ERROR, "specs that include each other in a circle"),
    Code("P359", ERROR, "an input that the included spec does not have"),
    Code("P360", ERROR, "a parameter that the included spec does not have"),
    Code("P361", ERROR, "a parameter of the included spec without a value"),
    Code("P362", ERROR, "a value that a parameter of the included spec does not take"),
    Code("P363", ERROR, "an included spec as the exit node"),
    Code("P364", WARNING, "an exit node that does not run where its spec is included"),
    Code("P365", ERROR, "an input that nothing gives"),
    Code("P366", ERROR, "a component that is called inputs"),
    Code("P367", ERROR, "an input that is the default of another"),
)

_MODULES = (
    Code("M401", ERROR, "a Python file that is not there"),
    Code("M402", ERROR, "a Python file that cannot be used"),
    Code("M403", ERROR, "a file that is not valid Python"),
    Code("M404", ERROR, "a module without the function that is needed"),
    Code("M405", WARNING, "a function that TFX calls in another way"),
    Code("M406", ERROR, "a module that is not there"),
    Code("M407", ERROR, "a file name that Python cannot import"),
    Code("M408", ERROR, "not a component, not an executor, or not the import path of a function"),
    Code("M409", ERROR, "a function or class that TFX cannot take as a component"),
    Code("M410", WARNING, "an argument of a component that a spec cannot give"),
    Code("M411", WARNING, "a model saved as Keras 3 cannot"),
    Code("M412", ERROR, "data that cannot travel with a module"),
    Code("M413", ERROR, "a metric class that there is not"),
    Code("M414", ERROR, "a metric that is given what it does not take"),
    Code("M415", ERROR, "options that a metric does not go with"),
    Code("M416", ERROR, "models to evaluate that contradict each other"),
)

_CONDITIONS = (
    Code("C501", ERROR, "not a condition"),
    Code("C502", ERROR, "a condition on a property that is not there"),
    Code("C503", ERROR, "a condition on the value of an artifact that has none"),
    Code("C504", ERROR, "a comparison of things that cannot be compared"),
    Code("C505", ERROR, "a part of a condition that is neither true nor false"),
)

_GRAPH = (
    Code("G601", ERROR, "components that wait for each other in a circle"),
    Code("G602", ERROR, "depends_on names an unknown component"),
    Code("G603", ERROR, "on_exit names an unknown component"),
    Code("G604", ERROR, "a component that waits for the one that runs on exit"),
    Code("G605", ERROR, "a pipeline that starts itself"),
    Code("G610", ERROR, "two nodes that TFX would call the same"),
)

_FAN_OUT = (
    Code("F801", ERROR, "a matrix that makes no node, or too many"),
    Code("F802", ERROR, "a matrix taken from a component that has none"),
    Code("F803", ERROR, "an axis or a value that a matrix does not have or cannot take"),
    Code("F804", ERROR, "a value or combination of a matrix that is given twice"),
    Code("F805", ERROR, "a component of several nodes where one of them is needed"),
    Code("F806", ERROR, "a selection of nodes that selects nothing"),
)

_DESIGN = (
    Code("W701", WARNING, "a parameter that is never used"),
    Code("W702", WARNING, "a Pusher that no blessing guards"),
    Code("W703", WARNING, "a threshold that can never fail"),
    Code("W704", WARNING, "a change threshold without a baseline"),
    Code("W705", WARNING, "a node whose outputs nobody uses"),
    Code("W706", WARNING, "two Pushers with one destination"),
    Code("W707", WARNING, "a dependency that is named twice"),
    Code("W708", WARNING, "a blessing that is never given"),
    Code("W709", WARNING, "the blessing of another model"),
    Code("W710", WARNING, "a graph and examples of different Transforms"),
    Code("W711", WARNING, "a condition that is always the same"),
    Code("W712", WARNING, "an excluded split that is not there"),
    Code("W713", WARNING, "a model compared with itself"),
    Code("W714", WARNING, "a password in the spec"),
    Code("W715", WARNING, "a threshold for a slice that is never computed"),
    Code("W716", WARNING, "a Beam argument that is no option"),
    Code("W717", WARNING, "a schema inferred from the data that it is to validate"),
    Code("W730", WARNING, "a Resolver that finds what this run makes by chance"),
    Code("W731", WARNING, "anomalies that skip nothing"),
    Code("W732", WARNING, "a text that is a reference but for its braces"),
    Code("W740", WARNING, "something of a container that its command does not use"),
    Code("W741", WARNING, "an image without a fixed version"),
)

_IGNORES = (
    Code("W750", WARNING, "an ignore that ignores nothing"),
    Code("W751", WARNING, "an ignore of what cannot be ignored"),
)

_DATA = (
    Code("W760", WARNING, "data that is not there"),
    Code("W761", WARNING, "data that TFX would read wrongly"),
    Code("W762", WARNING, "a column that the data does not have"),
    Code("W763", WARNING, "a split that too few rows leave empty"),
    Code("W764", WARNING, "CSV files that are not separated by commas"),
    Code("W765", WARNING, "CSV files without a line of column names"),
    Code("W766", WARNING, "files of another kind than the component reads"),
    Code("W767", WARNING, "a span or version that is not there"),
    Code("W768", WARNING, "a split without a column that others have"),
    Code("W777", WARNING, "columns that differ between spans"),
    Code("W781", WARNING, "a feature that a schema requires and the data lacks"),
    Code("W782", WARNING, "a value that is not of the type that a schema says"),
    Code("W783", WARNING, "a name that the schema of the examples does not have"),
    Code("W785", WARNING, "a feature that code asks for in vain"),
)

_METRICS = (
    Code("W775", WARNING, "a metric that is never computed"),
    Code("W776", WARNING, "a condition on a slice that is never computed"),
    Code("W780", WARNING, "training that never ends"),
    Code("W784", WARNING, "a signature that the model is not saved with"),
    Code("W786", WARNING, "an argument that TFX does not read"),
)

_BACKENDS = (
    Code("B101", ERROR, "a feature that the backend does not have"),
    Code("B102", ERROR, "settings of an unknown backend"),
    Code("B103", ERROR, "a backend that cannot be loaded"),
    Code("B110", ERROR, "a place that a container does not have"),
    Code("B111", ERROR, "settings that Kubernetes would refuse"),
    Code("B112", ERROR, "Kubeflow without an image"),
    Code("B120", ERROR, "a scheduled DAG with a parameter that has no default"),
    Code("B121", ERROR, "an Airflow schedule that cannot be kept"),
    Code("B122", ERROR, "Airflow settings of an unknown node"),
    Code("B123", WARNING, "an Airflow pool that may not be there"),
    Code("B124", ERROR, "more slots than the Airflow pool has"),
    Code("B125", ERROR, "an Airflow operator without its settings"),
    Code("B126", ERROR, "resources that the Airflow operator cannot give"),
    Code("B127", ERROR, "a folder that is gone with its container"),
    Code("B128", ERROR, "an environment variable of Airflow's tasks that cannot be set"),
    Code("B129", WARNING, "an Airflow provider that is missing"),
    Code("B130", ERROR, "an Airflow asset that would be updated without a push"),
    Code("B131", WARNING, "a path that leads out of the bundle"),
    Code("B140", WARNING, "a path that only the container's image can have"),
    Code("B141", ERROR, "a path that is written to on a mount that can only be read"),
    Code("B142", ERROR, "an image of another line of TFX than the pipeline's"),
    Code("B143", ERROR, "an object store that the image's TFX cannot read"),
)

CODES: Mapping[str, Code] = MappingProxyType(
    {
        code.code: code
        for family in (
            _YAML,
            _SHAPE,
            _WIRING,
            _PARAMETERS,
            _LAYERS,
            _MODULES,
            _CONDITIONS,
            _GRAPH,
            _FAN_OUT,
            _DESIGN,
            _IGNORES,
            _DATA,
            _METRICS,
            _BACKENDS,
        )
        for code in family
    }
)
"""code → Code, in the order of the families."""

OF_NO_SPEC = frozenset({"Y015", "Y016", "Y017"})
"""Codes that no text of a spec has: they are about the file, about tfxc, and about a project's settings."""

OF_DATA = frozenset(code.code for code in _DATA)
"""Codes about the data that lies on one machine."""


def severity_of(code: str) -> Severity:
    """Returns a code's severity. Raises KeyError for a code that is not in the table."""
    return CODES[code].severity


def explanation(code: str) -> str:
    """Returns the Markdown page of a code. Raises KeyError for a code that is not in the table."""
    page = Path(__file__).parent / "explanations" / f"{CODES[code].code}.md"
    return page.read_text(encoding="utf-8")
