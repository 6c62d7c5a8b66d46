"""The manifests in ``deploy/kubernetes``: valid, and consistent with each other, the image and the code."""

import ast
import copy
import re
import shutil
import subprocess
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import kubernetes_validate
import pytest
import yaml

from deploy.cluster.ray_cluster import SETTINGS
from deploy.tests.unit.image import DOCKERFILE, USER
from deploy.tests.unit.manifests import (
    ALL,
    CLUSTER,
    CONTAINERS,
    ENGINE,
    KUBERNETES,
    SERVE,
    TEMPLATES,
    WORKERS,
    Manifest,
    environment,
)
from deploy.tests.unit.ray_service import RAY_SERVICE
from resnet_edu import config
from resnet_edu.paths import PROJECT

VERSIONS = ("1.31", "1.37")
"""The oldest and newest Kubernetes versions that the manifests support."""
BUILT_IN = {f"{kind} {name}": each for (kind, name), each in ALL.items() if kind != "RayService"}
OURS = [CONTAINERS[name] for name in ("app: app", "head: ray-head", "worker gpu: ray-worker")]


def validate(manifest: Manifest) -> None:
    for version in VERSIONS:
        assert kubernetes_validate.validate(manifest, version, strict=True) == version


def pod_template(template: Manifest) -> Manifest:
    return {"apiVersion": "v1", "kind": "PodTemplate", "metadata": {"name": "any"}, "template": template}


@pytest.mark.parametrize("manifest", BUILT_IN.values(), ids=BUILT_IN)
def test_manifests_are_what_kubernetes_expects(manifest: Manifest) -> None:
    validate(manifest)


def test_the_ray_service_is_what_kuberay_and_kubernetes_expect() -> None:
    jsonschema.validate(ENGINE, RAY_SERVICE)
    for template in TEMPLATES.values():
        validate(pod_template(template))
    validate(pod_template({"spec": {"containers": [CONTAINERS["autoscaler"]]}}))


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("spec", "serveConfigV2"), {"applications": []}),
        (("spec", "rayClusterConfig", "workerGroupSpecs", 0, "maxReplica"), 4),
        (("spec", "rayClusterConfig", "headGroupSpec", "rayStartParams", "num-cpus"), 0),
    ],
    ids=["type", "name", "number for text"],
)
def test_a_mistake_in_the_ray_service_is_found(place: tuple[str | int, ...], value: object) -> None:
    manifest = copy.deepcopy(ENGINE)
    found: Any = manifest
    for step in place[:-1]:
        found = found[step]
    found[place[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(manifest, RAY_SERVICE)


def test_serves_configuration_is_what_ray_expects() -> None:
    schema = pytest.importorskip("ray.serve.schema", reason="needs requirements-cluster.txt")
    schema.ServeDeploySchema.model_validate(SERVE)  # it ignores names that it does not know
    assert set(SERVE) <= set(schema.ServeDeploySchema.model_fields)
    assert set(SERVE["http_options"]) <= set(schema.HTTPOptionsSchema.model_fields)
    assert set(SERVE["applications"][0]) <= set(schema.ServeApplicationSchema.model_fields)


def test_serve_is_pointed_at_our_application_and_its_settings() -> None:
    """Read from the source rather than imported, because the module needs Ray."""
    (application,) = SERVE["applications"]
    module, name = application["import_path"].split(":")
    tree = ast.parse((PROJECT / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8"))
    defined = {each.name: each for each in tree.body if isinstance(each, ast.FunctionDef | ast.ClassDef)}
    fields = {ast.unparse(each.target) for each in defined["Settings"].body if isinstance(each, ast.AnnAssign)}
    assert name in defined
    assert set(application["args"]) <= fields


def test_ray_is_the_one_that_the_trials_run_and_is_told_the_same() -> None:
    assert f"ray[serve]=={CLUSTER['rayVersion']}" in (PROJECT / "requirements-cluster.txt").read_text().splitlines()
    for container in OURS[1:]:
        assert SETTINGS.items() <= environment(container).items()


def test_replicas_fit_the_pods_that_may_be_started() -> None:
    args = SERVE["applications"][0]["args"]
    for group in WORKERS:
        limits = group["template"]["spec"]["containers"][0]["resources"]["limits"]
        each = int(min(int(limits["cpu"]) / args["cpus"], int(limits["nvidia.com/gpu"]) / args["gpus"]))
        assert group["minReplicas"] <= group["replicas"] <= group["maxReplicas"]
        assert args["smallest"] == each * group["minReplicas"]
        assert args["largest"] == each * group["maxReplicas"]


def test_the_app_finds_the_engine_and_is_let_through() -> None:
    address = urlsplit(environment(CONTAINERS["app: app"])["RESNET_EDU_RAY_ADDRESS"])
    assert address.hostname == f"{ENGINE['metadata']['name']}-serve-svc", "KubeRay's name for it"
    assert address.port == SERVE["http_options"]["port"]
    assert SERVE["applications"][0]["route_prefix"] == (address.path or "/")
    of_app = {"podSelector": {"matchLabels": TEMPLATES["app"]["metadata"]["labels"]}}
    to_engine = ALL["NetworkPolicy", "resnet-edu-engine"]["spec"]["ingress"]
    assert all(rule["from"] for rule in to_engine), "nobody reaches Ray unless named"
    assert [rule["ports"] for rule in to_engine if of_app in rule["from"]] == [[{"port": address.port}]]


def test_the_app_finds_its_halls_with_a_password_and_nobody_else_is_let_in() -> None:
    app, redis = CONTAINERS["app: app"], CONTAINERS["halls: redis"]
    halls = urlsplit(environment(app)["RESNET_EDU_HALLS"])
    (port,) = ALL["Service", "resnet-edu-halls"]["spec"]["ports"]
    assert (halls.scheme, halls.hostname, halls.port) == ("redis", "resnet-edu-halls", port["port"])
    assert halls.password == "$(HALLS_PASSWORD)"
    words = redis["command"]
    assert words[words.index("--requirepass") + 1] == "$(REDISCLI_AUTH)"
    secrets = {each["name"]: each["valueFrom"]["secretKeyRef"] for each in app["env"] if "valueFrom" in each}
    assert secrets["HALLS_PASSWORD"] == redis["env"][0]["valueFrom"]["secretKeyRef"]
    assert secrets["RESNET_EDU_LECTURER_KEY"]["name"] == secrets["HALLS_PASSWORD"]["name"]
    of_app = {"podSelector": {"matchLabels": TEMPLATES["app"]["metadata"]["labels"]}}
    policy = ALL["NetworkPolicy", "resnet-edu-halls"]["spec"]
    assert policy["ingress"] == [{"from": [of_app], "ports": [{"port": port["port"]}]}]
    assert "egress" not in policy
    to_halls = {"podSelector": policy["podSelector"]}
    assert {"to": [to_halls], "ports": [{"port": port["port"]}]} in ALL["NetworkPolicy", "resnet-edu"]["spec"]["egress"]


def test_readers_come_through_nginx_alone() -> None:
    (nginx,) = CONTAINERS["app: nginx"]["ports"]
    (service,) = ALL["Service", "resnet-edu"]["spec"]["ports"]
    (path,) = ALL["Ingress", "resnet-edu"]["spec"]["rules"][0]["http"]["paths"]
    assert path["backend"]["service"] == {"name": "resnet-edu", "port": {"name": service["name"]}}
    assert service["targetPort"] == nginx["name"]
    policy = ALL["NetworkPolicy", "resnet-edu"]["spec"]
    assert [rule["ports"] for rule in policy["ingress"] if "from" not in rule] == [[{"port": nginx["containerPort"]}]]
    assert all(rule["to"] for rule in policy["egress"]), "and the app reaches nobody who isn't named"


def test_the_app_answers_to_the_names_under_which_readers_come() -> None:
    hosts = {rule["host"] for rule in ALL["Ingress", "resnet-edu"]["spec"]["rules"]}
    assert set(environment(CONTAINERS["app: app"])["STREAMLIT_SERVER_ALLOWED_HOSTS"].split()) == hosts


def test_readers_stay_with_their_pod_by_one_cookie_whatever_the_controller() -> None:
    ingress, service = (ALL[kind, "resnet-edu"]["metadata"]["annotations"] for kind in ("Ingress", "Service"))
    name = ingress["nginx.ingress.kubernetes.io/session-cookie-name"]
    assert service["traefik.ingress.kubernetes.io/service.sticky.cookie.name"] == name


def test_app_and_engine_share_weights_and_secret() -> None:
    for name in ("RESNET_EDU_WEIGHTS", "TORCH_HOME"):
        assert len({environment(each)[name] for each in (*OURS, CONTAINERS["weights: weights"])}) == 1
    one, *others = (
        next(each for each in container["env"] if each["name"] == "RESNET_EDU_RAY_KEY") for container in OURS
    )
    assert others == [one, one]


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
def test_no_pod_is_root_or_trusts_its_neighbours(template: Manifest) -> None:
    """With the containers below, this is the pod security standard «restricted», which the namespace enforces."""
    spec = template["spec"]
    context = spec["securityContext"]
    assert context["runAsNonRoot"] is True
    assert context["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec)
    assert all(set(each) - {"name"} <= {"emptyDir", "configMap", "persistentVolumeClaim"} for each in spec["volumes"])
    assert f"{context['runAsUser']}:{context['runAsGroup']}" == USER


@pytest.mark.parametrize("container", CONTAINERS.values(), ids=CONTAINERS)
def test_no_container_has_privileges_or_can_write_but_where_it_must(container: Manifest) -> None:
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    writable = {each["mountPath"] for each in container["volumeMounts"] if not each.get("readOnly")}
    assert writable == ({"/tmp", "/weights"} if container["name"] == "weights" else {"/tmp"})
    for bound in ("requests", "limits"):
        assert {"cpu", "memory"} <= set(container["resources"][bound])


@pytest.mark.parametrize("name", TEMPLATES)
def test_what_a_pod_refers_to_is_there(name: str) -> None:
    spec = TEMPLATES[name]["spec"]
    containers = [*spec["containers"], *([CONTAINERS["autoscaler"]] if name == "head" else [])]
    mounted = {each["name"] for container in containers for each in container["volumeMounts"]}
    assert mounted == {each["name"] for each in spec["volumes"]}
    claims = {each["persistentVolumeClaim"]["claimName"] for each in spec["volumes"] if "persistentVolumeClaim" in each}
    assert claims <= {claim for kind, claim in ALL if kind == "PersistentVolumeClaim"}
    for container in containers:
        named = {each["name"] for each in container.get("ports", ())}
        probes = [value for key, value in container.items() if key.endswith("Probe")]
        asked = {probe["httpGet"]["port"] for probe in probes if "httpGet" in probe}
        assert {port for port in asked if isinstance(port, str)} <= named
        assert probes or not named, "what serves is asked whether it does"


def test_selectors_find_their_pods() -> None:
    labels = {name: template["metadata"]["labels"] for name, template in TEMPLATES.items()}
    deployment, service = ALL["Deployment", "resnet-edu"], ALL["Service", "resnet-edu"]
    assert deployment["spec"]["selector"]["matchLabels"] == service["spec"]["selector"] == labels["app"]
    halls = ALL["Deployment", "resnet-edu-halls"]["spec"]["selector"]["matchLabels"]
    assert halls == ALL["Service", "resnet-edu-halls"]["spec"]["selector"] == labels["halls"]
    assert ALL["NetworkPolicy", "resnet-edu-halls"]["spec"]["podSelector"]["matchLabels"] == labels["halls"]
    for kind, path in (("PodDisruptionBudget", "selector"), ("NetworkPolicy", "podSelector")):
        assert ALL[kind, "resnet-edu"]["spec"][path]["matchLabels"] == labels["app"]
        assert ALL[kind, "resnet-edu-engine"]["spec"][path]["matchLabels"] == labels["head"] == labels["worker gpu"]


def test_variables_are_those_of_the_code() -> None:
    told = {name for container in CONTAINERS.values() for name in environment(container)}
    assert {name for name in told if name.startswith("RESNET_EDU_")} <= {each.name for each in config.VARIABLES}
    assert f"WORKDIR {environment(CONTAINERS['head: ray-head'])['PYTHONPATH']}\n" in DOCKERFILE


def test_the_kustomizations_name_every_file() -> None:
    for folder in (KUBERNETES, KUBERNETES / "weights"):
        named = yaml.safe_load((folder / "kustomization.yaml").read_text(encoding="utf-8"))["resources"]
        assert sorted(named) == sorted(path.name for path in folder.glob("*.yaml") if path.stem != "kustomization")


@pytest.mark.skipif(not shutil.which("kubectl"), reason="no kubectl")
def test_kustomize_builds_what_kubernetes_expects() -> None:
    texts = [
        subprocess.run(["kubectl", "kustomize", str(folder)], check=True, capture_output=True, text=True).stdout
        for folder in (KUBERNETES, KUBERNETES / "weights")
    ]
    built = [each for text in texts for each in yaml.safe_load_all(text)]
    assert len(built) == len(ALL) + 1  # nginx.conf's ConfigMap
    for each in built:
        if each["kind"] != "RayService":
            validate(each)
    assert not re.search(r"image: resnet-edu$", "".join(texts), re.MULTILINE)
