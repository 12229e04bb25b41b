"""The checker finds what breaks each of its rules, and nothing wrong with what is right."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tfxc.backends.kubeflow.conformance.check import check_text
from tfxc.backends.kubeflow.conformance.rules import sentence

Change = Callable[[dict[str, Any], dict[str, Any]], None]
SOURCES = Path(__file__).resolve().parents[2] / "backends" / "kubeflow" / "conformance"

CONTAINER = {"image": "busybox", "command": ["run"], "args": ["{{$.inputs.parameters['n']}}", "{{$}}"]}
RIGHT: dict[str, Any] = {
    "schemaVersion": "2.1.0",
    "pipelineInfo": {"name": "right"},
    "root": {
        "inputDefinitions": {"parameters": {"n": {"parameterType": "NUMBER_INTEGER", "defaultValue": 1}}},
        "dag": {
            "tasks": {
                "group": {
                    "taskInfo": {"name": "group"},
                    "componentRef": {"name": "comp-group"},
                    "inputs": {"parameters": {"n": {"componentInputParameter": "n"}}},
                },
                "goodbye": {
                    "taskInfo": {"name": "goodbye"},
                    "componentRef": {"name": "comp-goodbye"},
                    "dependentTasks": ["group"],
                    "triggerPolicy": {"strategy": "ALL_UPSTREAM_TASKS_COMPLETED"},
                    "inputs": {"parameters": {"status": {"taskFinalStatus": {"producerTask": "group"}}}},
                },
            }
        },
    },
    "components": {
        "comp-group": {
            "inputDefinitions": {"parameters": {"n": {"parameterType": "NUMBER_INTEGER"}}},
            "dag": {
                "tasks": {
                    "make": {
                        "taskInfo": {"name": "make"},
                        "componentRef": {"name": "comp-make"},
                        "inputs": {"parameters": {"n": {"componentInputParameter": "n"}}},
                        "retryPolicy": {
                            "maxRetryCount": 2,
                            "backoffDuration": "30s",
                            "backoffFactor": 2.0,
                            "backoffMaxDuration": "3600s",
                        },
                    },
                    "import": {"taskInfo": {"name": "import"}, "componentRef": {"name": "comp-import"}},
                    "use": {
                        "taskInfo": {"name": "use"},
                        "componentRef": {"name": "comp-use"},
                        "inputs": {
                            "parameters": {
                                "word": {
                                    "taskOutputParameter": {
                                        "producerTask": "make",
                                        "outputParameterKey": "word",
                                    }
                                },
                                "day": {"runtimeValue": {"constant": "monday"}},
                            },
                            "artifacts": {
                                "model": {
                                    "taskOutputArtifact": {
                                        "producerTask": "import",
                                        "outputArtifactKey": "artifact",
                                    }
                                }
                            },
                        },
                        "triggerPolicy": {"condition": "inputs.parameter_values['word'] != 'no'"},
                    },
                }
            },
        },
        "comp-make": {
            "executorLabel": "exec-make",
            "inputDefinitions": {"parameters": {"n": {"parameterType": "NUMBER_INTEGER"}}},
            "outputDefinitions": {
                "parameters": {"word": {"parameterType": "STRING"}},
                "artifacts": {"metrics": {"artifactType": {"schemaTitle": "system.Metrics"}}},
            },
        },
        "comp-import": {
            "executorLabel": "exec-import",
            "outputDefinitions": {
                "artifacts": {"artifact": {"artifactType": {"schemaTitle": "system.Model"}}}
            },
        },
        "comp-use": {
            "executorLabel": "exec-use",
            "inputDefinitions": {
                "parameters": {"word": {"parameterType": "STRING"}, "day": {"parameterType": "STRING"}},
                "artifacts": {"model": {"artifactType": {"instanceSchema": "title: my.Model\ntype: object"}}},
            },
        },
        "comp-goodbye": {
            "executorLabel": "exec-goodbye",
            "inputDefinitions": {
                "parameters": {"status": {"parameterType": "TASK_FINAL_STATUS", "isOptional": True}}
            },
        },
    },
    "deploymentSpec": {
        "executors": {
            "exec-make": {"container": {**CONTAINER, "resources": {"resourceCpuLimit": "500m"}}},
            "exec-import": {
                "importer": {
                    "artifactUri": {"constant": "gs://bucket/model"},
                    "typeSchema": {"schemaTitle": "system.Model"},
                }
            },
            "exec-use": {"container": {"image": "busybox", "args": ["{{$.inputs.artifacts['model'].path}}"]}},
            "exec-goodbye": {"container": {"image": "busybox", "command": ["bye"], "env": [{"name": "A"}]}},
        }
    },
}
PLATFORM: dict[str, Any] = {
    "platforms": {
        "kubernetes": {
            "deploymentSpec": {
                "executors": {
                    "exec-make": {
                        "imagePullPolicy": "Always",
                        "activeDeadlineSeconds": "60",
                        "secretAsVolume": [{"secretName": "store", "mountPath": "/mnt/store"}],
                        "pvcMount": [
                            {
                                "pvcNameParameter": {"runtimeValue": {"constant": "data"}},
                                "mountPath": "/mnt/data",
                            }
                        ],
                        "emptyDirMounts": [{"volumeName": "scratch", "mountPath": "/mnt/scratch"}],
                    }
                }
            }
        }
    }
}


def at(document: Any, *keys: Any) -> Any:
    """Returns what is at these keys."""
    for key in keys:
        document = document[key]
    return document


def put(*path: Any, value: Any) -> Change:
    """Returns a change that puts a value at a path of the PipelineSpec."""

    def change(spec: dict[str, Any], _: dict[str, Any]) -> None:
        at(spec, *path[:-1])[path[-1]] = value

    return change


def drop(*path: Any) -> Change:
    """Returns a change that takes away what is at a path of the PipelineSpec."""

    def change(spec: dict[str, Any], _: dict[str, Any]) -> None:
        del at(spec, *path[:-1])[path[-1]]

    return change


def put_on_pod(key: str, value: Any) -> Change:
    """Returns a change of the Kubernetes configuration of `make`."""

    def change(_: dict[str, Any], platform: dict[str, Any]) -> None:
        at(platform, "platforms", "kubernetes", "deploymentSpec", "executors", "exec-make")[key] = value

    return change


ROOT_TASKS = ("root", "dag", "tasks")
TASKS = ("components", "comp-group", "dag", "tasks")
USE = (*TASKS, "use")
MAKE = (*TASKS, "make")
IMPORT = (*TASKS, "import")
EXECUTORS = ("deploymentSpec", "executors")
GOODBYE = RIGHT["root"]["dag"]["tasks"]["goodbye"]
LONG = "x" * 122

PLANTED: list[tuple[str, Change]] = [
    ("message", put("pipelineInfo", "nme", value="x")),
    ("message", put("root", "dag", "tasks", "group", "inputs", value=[])),
    ("message", put(*MAKE, "retryPolicy", "backoffDuration", value="30")),
    ("message", put(*USE, "triggerPolicy", "strategy", value="SOME_UPSTREAM_TASKS_COMPLETED")),
    ("message", put("components", "comp-make", "dag", value={"tasks": {}})),
    (
        "message",
        put(*MAKE, "inputs", "parameters", "n", value={"componentInputParameter": "n", "runtimeValue": {}}),
    ),
    (
        "message",
        put("components", "comp-make", "inputDefinitions", "parameters", "n", "parameterType", value="INT"),
    ),
    ("message", put(*EXECUTORS, "exec-make", "container", "imag", value="x")),
    ("message", put_on_pod("imagePullPolice", "Always")),
    ("message", put_on_pod("activeDeadlineSeconds", "1.5")),
    ("schema-version", put("schemaVersion", value="2.0.0")),
    ("pipeline-name", put("pipelineInfo", "name", value="My pipeline")),
    ("root", put("root", value={})),
    ("no-tasks", put(*ROOT_TASKS, value={"goodbye": GOODBYE})),
    ("component", drop("components", "comp-make", "executorLabel")),
    ("component-ref", put(*MAKE, "componentRef", value={})),
    ("component-missing", put(*MAKE, "componentRef", "name", value="comp-none")),
    ("executor-missing", put("components", "comp-make", "executorLabel", value="exec-none")),
    ("executor-kind", put(*EXECUTORS, "exec-make", value={"resolver": {}})),
    ("executor-kind", put(*EXECUTORS, "exec-make", value={"customJob": {}})),
    ("image", put(*EXECUTORS, "exec-make", "container", "image", value="")),
    ("command", put(*EXECUTORS, "exec-use", "container", value={"image": "busybox"})),
    ("lifecycle", put(*EXECUTORS, "exec-make", "container", "lifecycle", value={"preCacheCheck": {}})),
    (
        "artifact-title",
        put("components", "comp-make", "outputDefinitions", "artifacts", "metrics", "artifactType", value={}),
    ),
    (
        "artifact-title",
        put(
            *("components", "comp-use", "inputDefinitions", "artifacts", "model", "artifactType"),
            value={"instanceSchema": "type: object"},
        ),
    ),
    (
        "schema-uri",
        put(
            *("components", "comp-make", "outputDefinitions", "artifacts", "metrics", "artifactType"),
            value={"schemaUri": "gs://bucket/schema"},
        ),
    ),
    (
        "system-type",
        put(
            *("components", "comp-make", "outputDefinitions", "artifacts", "metrics", "artifactType"),
            value={"schemaTitle": "system.Examples"},
        ),
    ),
    ("parameter-type", put("components", "comp-make", "inputDefinitions", "parameters", "n", value={})),
    ("default-type", put("root", "inputDefinitions", "parameters", "n", "defaultValue", value="one")),
    ("inexact-number", put("root", "inputDefinitions", "parameters", "n", "defaultValue", value=2**53 + 1)),
    (
        "root-parameter",
        put("root", "inputDefinitions", "parameters", "n", "parameterType", value="TASK_FINAL_STATUS"),
    ),
    ("recursion", put(*MAKE, "componentRef", "name", value="comp-group")),
    ("task-key", put(*TASKS, "make_it", value={"componentRef": {"name": "comp-import"}})),
    ("task-key", put(*TASKS, LONG, value={"componentRef": {"name": "comp-import"}})),
    (
        "driver-name",
        put(*TASKS, "make-driver", value=RIGHT["components"]["comp-group"]["dag"]["tasks"]["make"]),
    ),
    ("dependency", put(*USE, "dependentTasks", value=["none"])),
    (
        "dependency",
        put(*USE, "inputs", "parameters", "word", "taskOutputParameter", "producerTask", value="none"),
    ),
    ("cycle", put(*MAKE, "dependentTasks", value=["use"])),
    ("after-exit", put(*ROOT_TASKS, "group", "dependentTasks", value=["goodbye"])),
    ("exit-without-task", put(*ROOT_TASKS, "goodbye", "dependentTasks", value=[])),
    ("two-exits", put(*ROOT_TASKS, "goodbye-2", value=GOODBYE)),
    ("parameter-undefined", put(*MAKE, "inputs", "parameters", "m", value={"runtimeValue": {"constant": 1}})),
    ("parameter-missing", drop(*MAKE, "inputs", "parameters", "n")),
    ("parameter-source", put(*MAKE, "inputs", "parameters", "n", value={})),
    ("pipeline-input", put(*MAKE, "inputs", "parameters", "n", "componentInputParameter", value="m")),
    (
        "output-missing",
        put(*USE, "inputs", "parameters", "word", "taskOutputParameter", "outputParameterKey", value="words"),
    ),
    (
        "output-missing",
        put(*USE, "inputs", "artifacts", "model", "taskOutputArtifact", "outputArtifactKey", value="model"),
    ),
    (
        "final-status",
        put(*USE, "inputs", "parameters", "day", value={"taskFinalStatus": {"producerTask": "make"}}),
    ),
    (
        "runtime-value",
        put(*USE, "inputs", "parameters", "day", value={"runtimeValue": {"runtimeParameter": "d"}}),
    ),
    ("constant-type", put(*MAKE, "inputs", "parameters", "n", value={"runtimeValue": {"constant": "three"}})),
    ("artifact-undefined", put(*USE, "inputs", "artifacts", "extra", value={"componentInputArtifact": "x"})),
    ("artifact-missing", drop(*USE, "inputs", "artifacts", "model")),
    ("artifact-source", put(*USE, "inputs", "artifacts", "model", value={})),
    ("artifact-iterator", put(*USE, "artifactIterator", value={"itemInput": "x"})),
    ("importer-name", put(*IMPORT, "taskInfo", "name", value="Import")),
    ("importer-condition", put(*IMPORT, "triggerPolicy", value={"condition": "true"})),
    (
        "importer-uri",
        put(*EXECUTORS, "exec-import", "importer", "artifactUri", "constant", value="/data/model"),
    ),
    ("condition", put(*USE, "triggerPolicy", "condition", value="inputs.parameter_values['word'] = 'no'")),
    ("condition-input", put(*USE, "triggerPolicy", "condition", value="inputs.parameter_values['n'] == 1")),
    ("backoff-factor", put(*MAKE, "retryPolicy", "backoffFactor", value=1.5)),
    ("backoff-end", drop(*MAKE, "retryPolicy", "backoffMaxDuration")),
    (
        "placeholder",
        put(*EXECUTORS, "exec-make", "container", "args", value=["{{$.inputs.parameters['m']}}"]),
    ),
    ("placeholder", put(*EXECUTORS, "exec-make", "container", "args", value=["{{$.pipeline_job_uuid}}"])),
    ("placeholder", put(*EXECUTORS, "exec-make", "container", "args", value=["{{$.inputs.words}}"])),
    ("quantity", put(*EXECUTORS, "exec-make", "container", "resources", "resourceCpuLimit", value="two")),
    ("variable", put(*EXECUTORS, "exec-goodbye", "container", "env", value=[{"name": "A B", "value": "x"}])),
    ("platform", lambda _, platform: platform["platforms"].update({"openshift": {}})),
    (
        "platform-executor",
        lambda _, platform: at(platform, "platforms", "kubernetes", "deploymentSpec", "executors").update(
            {"exec-none": {}}
        ),
    ),
    ("pull-policy", put_on_pod("imagePullPolicy", "Sometimes")),
    ("deadline", put_on_pod("activeDeadlineSeconds", "3000000000")),
    ("volume-name", put_on_pod("secretAsVolume", [{"secretName": "a.b", "mountPath": "/mnt/a"}])),
    ("volume-name", put_on_pod("secretAsVolume", [{"secretName": "kfp-launcher", "mountPath": "/mnt/a"}])),
    ("volume-twice", put_on_pod("secretAsVolume", [{"secretName": "data", "mountPath": "/mnt/a"}])),
    ("mount-path", put_on_pod("secretAsVolume", [{"secretName": "a", "mountPath": "mnt"}])),
    ("mount-path", put_on_pod("secretAsVolume", [{"secretName": "a", "mountPath": "/gcs"}])),
    ("mount-twice", put_on_pod("secretAsVolume", [{"secretName": "a", "mountPath": "/mnt/data/"}])),
]
STREAMS = [
    ("yaml", "a: [1\n"),
    ("documents", ""),
    ("documents", "- 1\n"),
    ("documents", "something: else\n"),
    ("documents", yaml.safe_dump_all([RIGHT, PLATFORM, PLATFORM])),
    ("documents", yaml.safe_dump_all([RIGHT, RIGHT])),
    ("wrapper", yaml.safe_dump({"displayName": "x", "pipelineSpec": RIGHT, "runtimeConfig": {}})),
]


def test_what_is_right_is_accepted() -> None:
    assert check_text(yaml.safe_dump_all([RIGHT, PLATFORM])).findings == ()
    assert check_text(yaml.safe_dump(RIGHT)).findings == ()


def test_the_names_of_the_proto_files_are_accepted() -> None:
    text = yaml.safe_dump_all([RIGHT, PLATFORM])
    names = set(re.findall(r"\b[a-z]+(?:[A-Z][a-z]+)+\b(?=:)", text)) - {"instanceSchema"}
    for name in names:
        text = re.sub(rf"\b{name}:", re.sub("([A-Z])", r"_\1", name).lower() + ":", text)
    assert "pipeline_info:" in text
    assert check_text(text).findings == ()


@pytest.mark.parametrize(
    ("rule", "change"), PLANTED, ids=[f"{i}-{rule}" for i, (rule, _) in enumerate(PLANTED)]
)
def test_a_broken_rule_is_found(rule: str, change: Change) -> None:
    spec, platform = copy.deepcopy(RIGHT), copy.deepcopy(PLATFORM)
    change(spec, platform)
    findings = check_text(yaml.safe_dump_all([spec, platform])).findings
    assert rule in {each.code for each in findings}, findings


@pytest.mark.parametrize(("rule", "text"), STREAMS)
def test_streams_that_are_no_pipeline(rule: str, text: str) -> None:
    assert {each.code for each in check_text(text).findings} == {rule}


def test_every_rule_is_planted() -> None:
    """The names of the rules are read from the sources, so that a new one cannot be forgotten here."""
    sources = "".join(path.read_text() for path in SOURCES.glob("rules*.py"))
    sources += (SOURCES / "check.py").read_text()
    rules = set(re.findall(r"finding\(\s*\"([a-z-]+)\"", sources))
    assert rules == {rule for rule, _ in PLANTED} | {rule for rule, _ in STREAMS}


def test_a_finding_says_where_it_is() -> None:
    spec = copy.deepcopy(RIGHT)
    spec["components"]["comp-make"]["executorLabel"] = "exec-none"
    (found,) = check_text(yaml.safe_dump(spec)).findings[:1]
    assert (
        sentence(found)
        == "components.comp-make.executorLabel: there is no executor `exec-none` [executor-missing]"
    )
