"""The shell of the workflows. What comes from outside reaches it as variables, never as text.

Each script is for a POSIX shell that stops at the first error (`set -eu` comes first). Everything that is put
into one here was checked to be of letters, digits and a few signs.
"""

from __future__ import annotations

from collections.abc import Sequence

from tfxc.compiler.ci.project import PipelineSpec, Project, ServingTarget, Submission

INSTALL = 'pip install --quiet "$TFXC"\n'

_DIFF = """\
set -eu
base=$(mktemp -d)
git worktree add --quiet --detach "$base" "$BASE"
for spec in {specs}; do
  echo "### $spec"
  echo
  if ! tfxc plan "$spec"{env} > after.plan; then
    echo "It has mistakes, so there is no plan of it."
    continue
  fi
  if [ ! -f "$base/$spec" ]; then
    echo "This pipeline is new."
    continue
  fi
  tfxc plan "$base/$spec"{env} > before.plan || : > before.plan
  if cmp -s before.plan after.plan; then
    echo "The pipeline stays the same."
  else
    echo '```diff'
    diff -u --label before --label after before.plan after.plan | tr -d '\\140' | head -n 500 || true
    echo '```'
  fi
  echo
done > difference.md
git worktree remove --force "$base"
cat difference.md
"""

_KUBEFLOW = """\
set -eu
tfxc compile {spec}{env} --backend kubeflow -o build/{name}
{image}\
if ! kfp --endpoint "$KFP_ENDPOINT" pipeline create-version --pipeline-name {name} \\
    --pipeline-version "$REVISION" build/{name}/pipeline.yaml; then
  kfp --endpoint "$KFP_ENDPOINT" pipeline create --pipeline-name {name} build/{name}/pipeline.yaml
fi
"""

_IMAGE = """\
if [ -n "${{REGISTRY_USER:-}}" ]; then
  printf %s "$REGISTRY_PASSWORD" | docker login --username "$REGISTRY_USER" --password-stdin{registry}
fi
docker build --tag {image} build/{name}
docker push {image}
"""

_AIRFLOW = """\
set -eu
tfxc compile {spec}{env} --backend airflow -o build/{name}
{image}\
case "$AIRFLOW_DAGS" in
  gs://*)
    gcloud storage rsync --recursive --delete-unmatched-destination-objects \\
      build/{name} "$AIRFLOW_DAGS/{name}" ;;
  s3://*) aws s3 sync --delete build/{name} "$AIRFLOW_DAGS/{name}" ;;
  /*)
    rm -rf "$AIRFLOW_DAGS/.{name}.new"
    cp -R build/{name} "$AIRFLOW_DAGS/.{name}.new"
    rm -rf "${{AIRFLOW_DAGS:?}}/{name}"
    mv "$AIRFLOW_DAGS/.{name}.new" "$AIRFLOW_DAGS/{name}" ;;
  *) echo "AIRFLOW_DAGS must be gs://, s3:// or an absolute path" >&2; exit 1 ;;
esac
"""

_WRITE = """\
set -eu
case "$VERSION" in
  '' | *[!0-9]*) echo "the version must be a number" >&2; exit 1 ;;
esac
tfxc deploy {spec}{env} --target {target}{pusher} --stable "$VERSION" -o build/serving-{name}
"""

_CLUSTER = """\
if [ -n "${KUBE_CONFIG:-}" ]; then
  umask 077
  KUBECONFIG=$(mktemp)
  export KUBECONFIG
  printf %s "$KUBE_CONFIG" > "$KUBECONFIG"
fi
"""

_KUBERNETES = """\
set -eu
{cluster}\
ask() {{
  port=${{SERVING_PORT:-8501}}
  kubectl port-forward service/{name} "$port:8501" &
  forwarding=$!
  status=0
  python build/serving-{name}/smoke_test.py --url "http://localhost:$port" --version "$VERSION" || status=1
  kill "$forwarding" 2> /dev/null || true
  return "$status"
}}
kubectl apply --filename build/serving-{name}/kubernetes.yaml
if ! {{ kubectl rollout status deployment/{name} --timeout 10m && ask; }}; then
  echo "{name} goes back to the version before $VERSION" >&2
  kubectl rollout undo deployment/{name}
  exit 1
fi
"""

_KSERVE = """\
set -eu
{cluster}\
service=inferenceservice/{name}
kubectl get "$service" --ignore-not-found --output \\
  'jsonpath={{.metadata.annotations.kubectl\\.kubernetes\\.io/last-applied-configuration}}' > before.json
ask() {{
  url=${{SERVING_URL:-$(kubectl get "$service" --output 'jsonpath={{.status.url}}')}}
  python build/serving-{name}/smoke_test.py --url "$url" --version "$VERSION"
}}
kubectl apply --filename build/serving-{name}/inference-service.yaml
if ! {{ kubectl wait --for condition=Ready "$service" --timeout 10m && ask; }}; then
  echo "{name} goes back to the version before $VERSION" >&2
  if [ -s before.json ]; then kubectl apply --filename before.json; fi
  exit 1
fi
"""


def validate(project: Project, format: str, report: str = "") -> str:
    """Returns the check of all specs in all environments; ``report`` is the file that it writes, or ""."""
    output = f" --output {report}" if report else ""
    specs = " ".join(each.path for each in project.specs)
    return f"tfxc validate --all-envs --format {format}{output} {specs}\n"


def test(project: Project, report: str) -> str:
    """Returns what runs all specs on a sample of their data, and the tests beside them."""
    specs = " ".join(each.path for each in project.specs)
    return f"pip install --quiet pytest\ntfxc test --junit {report} {specs}\n"


def difference(project: Project) -> str:
    """Returns what writes difference.md: how the pipelines differ from those of the commit ``$BASE``."""
    specs = " ".join(each.path for each in project.specs)
    return _DIFF.format(specs=specs, env=_env(project))


def submit(project: Project, spec: PipelineSpec) -> str:
    """Returns what compiles a spec and gives it to its orchestrator.

    Kubeflow: ``$KFP_ENDPOINT`` and ``$REVISION``; Airflow: ``$AIRFLOW_DAGS``, a bucket or a folder.
    """
    script = _KUBEFLOW if spec.submission is Submission.KUBEFLOW else _AIRFLOW
    return script.format(spec=spec.path, env=_env(project), name=spec.name, image=_image(spec))


def deploy(project: Project, spec: PipelineSpec) -> Sequence[tuple[str, str]]:
    """Returns what serves ``$VERSION`` of a spec's model and asks it, each with its name.

    When the new version does not answer as it should, the one before it is served again, and the job fails.
    """
    pusher = f" --pusher {spec.pusher}" if spec.pusher is not None else ""
    named = {"spec": spec.path, "env": _env(project), "name": spec.model_name, "cluster": _CLUSTER}
    write = _WRITE.format(**named, target=project.target.value, pusher=pusher)
    script = _KUBERNETES if project.target is ServingTarget.KUBERNETES else _KSERVE
    return (("write the manifests", write), ("apply them, and ask the new version", script.format(**named)))


def _image(spec: PipelineSpec) -> str:
    if spec.image is None:
        return ""
    host = spec.image.partition("/")[0]
    registry = f" {host}" if "/" in spec.image and ("." in host or ":" in host) else ""
    return _IMAGE.format(image=spec.image, name=spec.name, registry=registry)


def _env(project: Project) -> str:
    return f" --env {project.environment}" if project.environment is not None else ""
