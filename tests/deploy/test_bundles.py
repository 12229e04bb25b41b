"""The bundles: golden files, the schemas of Compose, Kubernetes, Gateway API and KServe, and what they say.

To write the golden files anew after a change that was meant: TFXC_UPDATE_GOLDEN=1 pytest tests/deploy
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml
from google.protobuf import text_format
from tensorflow_serving.config import model_server_config_pb2

from tfxc.compiler.cli import run

GOLDEN = Path(__file__).parent / "golden"
KUBERNETES = ("1.29", "1.34")
FULL = """\
serving:
  resources: {cpu: 2, memory: 4Gi}
  replicas: {minimum: 3, maximum: 9, target_cpu: 60}
  batching: {max_batch_size: 64, max_enqueued_batches: 100, allowed_batch_sizes: [8, 64]}
  service_account: penguin-server
  secret: penguin-bucket
  gateway: public
"""
CANARY = ("--stable", "1795617939", "--canary", "1795617950", "--canary-weight", "20")
CLAIM = "serving: {volume_claim: models, volume_path: penguin/serving}\n"
GPU = "serving: {resources: {accelerator: {type: nvidia.com/gpu, count: 2}}}\n"

Deploy = Callable[..., Mapping[str, str]]
CASES: Mapping[str, tuple[tuple[str, ...], dict[str, str]]] = {
    "plain": ((), {}),
    "full": (CANARY, {"serving": FULL}),
    "s3": (CANARY[:2], {"base": "s3://bucket/$penguin/serving/"}),
    "claim": ((), {"base": "/mnt/serving", "serving": CLAIM}),
    "gpu": ((), {"serving": GPU}),
}


def golden(name: str, text: str) -> str:
    """Returns the golden file's text, after writing it if that is asked for."""
    file = GOLDEN / name
    if os.environ.get("TFXC_UPDATE_GOLDEN"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("target", "files"),
    [
        (
            "compose",
            ("compose.yaml", "README.md", "question.json", "config/models.config", "config/batching.config"),
        ),
        ("kubernetes", ("kubernetes.yaml", "README.md")),
        ("kserve", ("inference-service.yaml", "canary.yaml", "README.md")),
    ],
)
def test_everything_that_can_be_set(deploy: Deploy, target: str, files: tuple[str, ...]) -> None:
    bundle = deploy(target, *CANARY, serving=FULL)
    for name in files:
        assert bundle[name] == golden(f"{target}.{name.replace('/', '.')}", bundle[name]), name


def documents_of(text: str) -> list[Any]:
    return list(yaml.load_all(text, yaml.CSafeLoader))


@pytest.mark.parametrize("case", CASES)
def test_compose_fits_its_schema(deploy: Deploy, compose_schema: Any, case: str) -> None:
    options, spec = CASES[case]
    document = yaml.safe_load(deploy("compose", *options, **spec)["compose.yaml"])
    compose_schema.validate(document)


@pytest.mark.parametrize(
    ("case", "version"), [("full", KUBERNETES[0]), *((case, KUBERNETES[-1]) for case in CASES)]
)
def test_kubernetes_fits_its_schema(deploy: Deploy, case: str, version: str) -> None:
    options, spec = CASES[case]
    for document in documents_of(deploy("kubernetes", *options, **spec)["kubernetes.yaml"]):
        if document["kind"] == "HTTPRoute":
            jsonschema.validate(document, HTTP_ROUTE)
        else:
            kubernetes_validate.validate(document, version, strict=True)


@pytest.mark.parametrize("case", CASES)
def test_kserve_fits_its_schema(deploy: Deploy, case: str) -> None:
    options, spec = CASES[case]
    bundle = deploy("kserve", *options, **spec)
    for name in bundle:
        if name.endswith(".yaml"):
            config, service = documents_of(bundle[name])
            kubernetes_validate.validate(config, KUBERNETES[-1], strict=True)
            jsonschema.validate(service, INFERENCE_SERVICE)
            kubernetes_validate.validate(_pod_of(service), KUBERNETES[-1], strict=True)
            volumes = service["spec"]["predictor"]["volumes"]
            assert volumes[0]["configMap"]["name"] == config["metadata"]["name"]


@pytest.mark.parametrize("target", ["compose", "kubernetes", "kserve"])
@pytest.mark.parametrize("case", CASES)
def test_the_models_file_is_one_of_tensorflow_serving(deploy: Deploy, target: str, case: str) -> None:
    options, spec = CASES[case]
    found = [_parsed(text) for text in _models_files(deploy(target, *options, **spec))]
    assert found
    for config in found:
        (model,) = config.model_config_list.config
        assert model.name == "penguin"
        policy = model.model_version_policy
        served = list(policy.specific.versions) if policy.HasField("specific") else []
        assert sorted(model.version_labels.values()) == served
        assert policy.HasField("specific") == bool(options)


def test_a_canary_is_a_server_of_its_own_and_weighed_by_the_gateway(deploy: Deploy) -> None:
    documents = documents_of(deploy("kubernetes", *CANARY, serving=FULL)["kubernetes.yaml"])
    served = {
        each["metadata"]["labels"]["app.kubernetes.io/component"]: dict(
            _parsed(each["data"]["models.config"]).model_config_list.config[0].version_labels
        )
        for each in documents
        if each["kind"] == "ConfigMap"
    }
    assert served == {"stable": {"stable": 1795617939}, "canary": {"canary": 1795617950}}
    (route,) = (each for each in documents if each["kind"] == "HTTPRoute")
    sent = {
        match["path"]["value"]: rule["backendRefs"]
        for rule in route["spec"]["rules"]
        for match in rule["matches"]
    }
    shares = {each["name"]: each["weight"] for each in sent["/v1/models/penguin:predict"]}
    assert shares == {"penguin": 80, "penguin-canary": 20}
    for inside in ("labels/canary", "versions/1795617950"):
        (only,) = sent[f"/v1/models/penguin/{inside}:predict"]
        assert only["name"] == "penguin-canary"


def test_kserve_weighs_the_canary(deploy: Deploy) -> None:
    bundle = deploy("kserve", *CANARY, serving=FULL)
    _, stable = documents_of(bundle["inference-service.yaml"])
    _, canary = documents_of(bundle["canary.yaml"])
    assert "canaryTrafficPercent" not in stable["spec"]["predictor"]
    assert canary["spec"]["predictor"]["canaryTrafficPercent"] == 20
    assert stable["metadata"] == canary["metadata"]


@pytest.mark.parametrize(
    ("target", "said"),
    [("compose", "Docker Compose weighs no requests"), ("kubernetes", "name a Gateway as")],
)
def test_a_weight_that_cannot_be_applied_is_told(
    deploy: Deploy, capsys: pytest.CaptureFixture[str], target: str, said: str
) -> None:
    bundle = deploy(target, *CANARY)
    assert said in capsys.readouterr().err
    assert said in bundle["README.md"]


def test_servers_have_no_rights(deploy: Deploy) -> None:
    documents = documents_of(deploy("kubernetes", base="s3://bucket/serving")["kubernetes.yaml"])
    (pod,) = (each["spec"]["template"]["spec"] for each in documents if each["kind"] == "Deployment")
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is False
    for container in (*pod["initContainers"], *pod["containers"]):
        context = container["securityContext"]
        assert context["readOnlyRootFilesystem"] is True
        assert context["allowPrivilegeEscalation"] is False
        assert context["capabilities"] == {"drop": ["ALL"]}


def test_readiness_waits_for_a_loaded_model(deploy: Deploy) -> None:
    """TensorFlow Serving's status is 200 while a version is still loading; its metadata are not."""
    documents = documents_of(deploy("kubernetes")["kubernetes.yaml"])
    (container,) = (
        each["spec"]["template"]["spec"]["containers"][0]
        for each in documents
        if each["kind"] == "Deployment"
    )
    assert container["readinessProbe"]["httpGet"]["path"] == "/v1/models/penguin/metadata"
    assert container["livenessProbe"]["httpGet"]["path"] == "/v1/models/penguin"


def test_texts_of_a_spec_mean_nothing_in_compose(deploy: Deploy) -> None:
    document = yaml.safe_load(deploy("compose", base="s3://bucket/${HOME}/serving")["compose.yaml"])
    assert "s3://bucket/$${HOME}/serving" in document["services"]["models"]["command"]


def test_the_same_spec_gives_the_same_bytes(deploy: Deploy) -> None:
    one = deploy("kubernetes", *CANARY, serving=FULL)
    assert one == deploy("kubernetes", *CANARY, serving=FULL)


def test_nothing_of_the_machine_is_in_a_bundle(deploy: Deploy, tmp_path: Path) -> None:
    for target in ("compose", "kubernetes", "kserve"):
        for text in deploy(target, "--force", base="serving", serving=CLAIM).values():
            assert str(tmp_path) not in text


def test_a_file_of_somebody_else_stays(
    write_spec: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "build"
    output.mkdir()
    (output / "compose.yaml").write_text("mine", encoding="utf-8")
    assert run(["deploy", str(write_spec()), "--target", "compose", "-o", str(output)]) == 1
    assert (output / "compose.yaml").read_text(encoding="utf-8") == "mine"
    assert list(output.iterdir()) == [output / "compose.yaml"]
    assert "was not written by tfxc" in capsys.readouterr().err


def _models_files(bundle: Mapping[str, str]) -> list[str]:
    found = [bundle[name] for name in bundle if name.endswith("models.config")]
    for name, text in bundle.items():
        if name.endswith(".yaml") and name != "compose.yaml":
            documents = [each for each in documents_of(text) if each["kind"] == "ConfigMap"]
            found += [each["data"]["models.config"] for each in documents]
    return found


def _parsed(text: str) -> Any:
    return text_format.Parse(text, model_server_config_pb2.ModelServerConfig())


def _pod_of(service: Any) -> dict[str, Any]:
    """Returns the pod that KServe makes of a predictor, as far as Kubernetes' schema says what is in it."""
    predictor = service["spec"]["predictor"]
    model = {key: value for key, value in predictor["model"].items() if key not in OF_THE_MODEL}
    spec: dict[str, Any] = {"containers": [{"name": "kserve-container", **model}]}
    spec.update({key: value for key, value in predictor.items() if key not in (*OF_THE_PREDICTOR, "model")})
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "predictor"}, "spec": spec}


# KServe's own fields beside those of a pod and a container: V1beta1ComponentExtensionSpec and
# V1beta1ModelSpec of the kserve package 0.21.
OF_THE_MODEL = ("modelFormat", "protocolVersion", "storageUri", "runtime", "runtimeVersion", "storage")
OF_THE_PREDICTOR = (
    *(
        "minReplicas",
        "maxReplicas",
        "scaleMetric",
        "scaleTarget",
        "canaryTrafficPercent",
        "containerConcurrency",
    ),
    *("timeout", "logger", "batcher", "labels", "annotations", "deploymentStrategy"),
)
INFERENCE_SERVICE: Any = {
    "type": "object",
    "required": ["apiVersion", "kind", "metadata", "spec"],
    "properties": {
        "apiVersion": {"const": "serving.kserve.io/v1beta1"},
        "kind": {"const": "InferenceService"},
        "metadata": {
            "required": ["name"],
            "properties": {"name": {"pattern": "^[a-z]([-a-z0-9]*[a-z0-9])?$"}},
        },
        "spec": {
            "required": ["predictor"],
            "additionalProperties": False,
            "properties": {
                "predictor": {
                    "required": ["model"],
                    "properties": {
                        "minReplicas": {"type": "integer", "minimum": 0},
                        "maxReplicas": {"type": "integer"},
                        "canaryTrafficPercent": {"type": "integer", "minimum": 0, "maximum": 100},
                        "scaleMetric": {"enum": ["cpu", "memory", "concurrency", "rps"]},
                        "scaleTarget": {"type": "integer"},
                        "model": {
                            "required": ["modelFormat"],
                            "properties": {
                                "modelFormat": {
                                    "required": ["name"],
                                    "additionalProperties": False,
                                    "properties": {"name": {"type": "string"}, "version": {"type": "string"}},
                                },
                                "protocolVersion": {"enum": ["v1", "v2", "grpc-v1", "grpc-v2"]},
                                "storageUri": {"pattern": "^(gs|s3|pvc)://"},
                            },
                        },
                    },
                }
            },
        },
    },
}
HTTP_ROUTE: Any = {
    "type": "object",
    "required": ["apiVersion", "kind", "metadata", "spec"],
    "properties": {
        "apiVersion": {"const": "gateway.networking.k8s.io/v1"},
        "spec": {
            "additionalProperties": False,
            "properties": {
                "parentRefs": {"maxItems": 32, "items": {"required": ["name"]}},
                "rules": {
                    "minItems": 1,
                    "maxItems": 16,
                    "items": {
                        "additionalProperties": False,
                        "properties": {
                            "matches": {
                                "maxItems": 8,
                                "items": {
                                    "additionalProperties": False,
                                    "properties": {
                                        "path": {
                                            "required": ["type", "value"],
                                            "properties": {
                                                "type": {"enum": ["Exact", "PathPrefix"]},
                                                "value": {
                                                    "type": "string",
                                                    "maxLength": 1024,
                                                    "pattern": "^/",
                                                },
                                            },
                                        }
                                    },
                                },
                            },
                            "backendRefs": {
                                "maxItems": 16,
                                "items": {
                                    "required": ["name", "port"],
                                    "additionalProperties": False,
                                    "properties": {
                                        "name": {"type": "string"},
                                        "port": {"type": "integer", "minimum": 1, "maximum": 65535},
                                        "weight": {"type": "integer", "minimum": 0, "maximum": 1000000},
                                    },
                                },
                            },
                        },
                    },
                },
            },
        },
    },
}
