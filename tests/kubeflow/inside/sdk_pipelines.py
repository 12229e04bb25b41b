"""Compiles pipelines that use what the kfp SDK has, and prints name → text of the compiled file.

kfp reads annotations as objects: no `from __future__ import annotations` here.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Optional

from kfp import compiler, dsl, kubernetes
from kfp.dsl import HTML, Dataset, Input, Metrics, Model, Output

IMAGE = "python:3.10"


@dsl.component(base_image=IMAGE)
def make(number: int, metrics: Output[Metrics], word: str = "yes") -> str:
    """Gives a word."""
    return word * number


@dsl.component(base_image=IMAGE)
def collect(words: list[str], data: Output[Dataset]) -> bool:
    """Takes many words."""
    return bool(words)


@dsl.component(base_image=IMAGE)
def say_goodbye(status: dsl.PipelineTaskFinalStatus) -> None:
    """Looks how it ended."""


@dsl.container_component
def show(model: Input[Model], page: Output[HTML], size: dsl.OutputPath(int), title: str = "none"):
    """Runs a command."""
    return dsl.ContainerSpec(
        image="busybox",
        command=["sh", "-c"],
        args=[title, model.path, page.path, size, dsl.IfPresentPlaceholder("title", ["--title", title])],
    )


@dsl.pipeline(name="one-task")
def one_task(number: int = 3) -> None:
    """The smallest."""
    make(number=number)


@dsl.pipeline(name="branches", description="Conditions, loops and an exit task.")
def branches(number: int, words: list[str], note: Optional[str] = None, rate: float = 0.5) -> None:
    """Everything that decides what runs."""
    goodbye = say_goodbye()
    with dsl.ExitHandler(goodbye):
        made = make(number=number).set_retry(3, backoff_duration="30s", backoff_factor=2)
        with dsl.If(made.outputs["Output"] == "yes"):
            make(number=1)
        with dsl.Elif(rate > 0.7):
            make(number=2)
        with dsl.Else():
            make(number=4)
        with dsl.ParallelFor(items=words, parallelism=2) as word:
            each = make(number=number, word=word)
        collect(words=dsl.Collected(each.outputs["Output"]))


@dsl.pipeline(name="settings")
def settings(run: str = dsl.PIPELINE_JOB_ID_PLACEHOLDER) -> None:
    """Everything that a task can be given."""
    model = dsl.importer(artifact_uri="gs://bucket/model", artifact_class=Model)
    task = show(model=model.output, title=run)
    task.set_cpu_limit("2").set_cpu_request("500m").set_memory_limit("8Gi").set_env_variable("A", "b")
    task.set_accelerator_type("nvidia.com/gpu").set_accelerator_limit(2).set_caching_options(False)
    kubernetes.set_timeout(task, 30)
    kubernetes.use_secret_as_env(task, "keys", {"key": "KEY"})
    kubernetes.use_secret_as_volume(task, "files", "/mnt/files")
    kubernetes.use_config_map_as_env(task, "flags", {"flag": "FLAG"})
    kubernetes.use_config_map_as_volume(task, "config", "/mnt/config")
    kubernetes.mount_pvc(task, "data", "/mnt/data")
    kubernetes.add_node_selector(task, "pool", "gpu")
    kubernetes.add_toleration(task, key="k", operator="Equal", value="v", effect="NoSchedule")
    kubernetes.set_image_pull_policy(task, "Always")
    kubernetes.set_image_pull_secrets(task, ["registry"])
    kubernetes.add_pod_label(task, "team", "birds")
    kubernetes.use_field_path_as_env(task, "NODE", "spec.nodeName")
    kubernetes.empty_dir_mount(task, "shm", "/dev/shm", medium="Memory", size_limit="1Gi")


def main() -> None:
    """Compiles every pipeline of this file."""
    texts = {}
    with tempfile.TemporaryDirectory() as folder:
        for pipeline in (one_task, branches, settings):
            file = Path(folder) / "pipeline.yaml"
            compiler.Compiler().compile(pipeline, str(file))
            texts[pipeline.name] = file.read_text()
    sys.stdout.write(json.dumps(texts) + "\n")


if __name__ == "__main__":
    main()
