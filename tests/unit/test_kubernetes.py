"""The manifests in ``deploy/kubernetes``: against Kubernetes' schemas, each other, the image and the code."""

import ast
import copy
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import kubernetes_validate
import pytest
import yaml

from resnet_edu.paths import PROJECT
from tests.unit.ray_service import RAY_SERVICE

FOLDER = PROJECT / "deploy" / "kubernetes"
VERSIONS = ("1.31", "1.37")
"""The oldest and the newest Kubernetes that the manifests are written for."""
RAY_SERVE = PROJECT / "resnet_edu" / "vision" / "engine" / "ray_serve.py"
REQUIREMENTS = PROJECT / "requirements-cluster.txt"
with_ray = pytest.mark.skipif(not RAY_SERVE.is_file(), reason="comes with the engine on Ray Serve")

Manifest = dict[str, Any]


def manifests() -> list[Manifest]:
    """All but the kustomizations."""
    paths = [path for path in sorted(FOLDER.rglob("*.yaml")) if path.name != "kustomization.yaml"]
    return [each for path in paths for each in yaml.safe_load_all(path.read_text(encoding="utf-8"))]


ALL = manifests()
NAMES = [f"{each['kind']} {each['metadata']['name']}" for each in ALL]
BUILT_IN = [each for each in ALL if each["kind"] != "RayService"]


def one(kind: str, name: str) -> Manifest:
    return ALL[NAMES.index(f"{kind} {name}")]


ENGINE = one("RayService", "resnet-edu-engine")["spec"]
CLUSTER = ENGINE["rayClusterConfig"]
SERVE = yaml.safe_load(ENGINE["serveConfigV2"])


def templates() -> dict[str, Manifest]:
    """Every pod template."""
    return {
        "app": one("Deployment", "resnet-edu")["spec"]["template"],
        "weights": one("Job", "resnet-edu-weights")["spec"]["template"],
        "head": CLUSTER["headGroupSpec"]["template"],
        **{f"worker {each['groupName']}": each["template"] for each in CLUSTER["workerGroupSpecs"]},
    }


TEMPLATES = templates()


def containers() -> Iterator[tuple[str, Manifest]]:
    """Every container that is written here; the autoscaler's is made by KubeRay of its options."""
    for name, template in TEMPLATES.items():
        for container in template["spec"]["containers"]:
            yield f"{name}: {container['name']}", container
    options = CLUSTER["autoscalerOptions"]
    fields = ("resources", "env", "securityContext", "volumeMounts")
    yield "autoscaler", {"name": "autoscaler", "image": "resnet-edu", **{name: options[name] for name in fields}}


CONTAINERS = dict(containers())


def environment(container: Manifest) -> dict[str, Any]:
    return {each["name"]: each.get("value") for each in container.get("env", ())}


def validate(manifest: Manifest) -> None:
    for version in VERSIONS:
        assert kubernetes_validate.validate(manifest, version, strict=True) == version


def pod_template(template: Manifest) -> Manifest:
    return {"apiVersion": "v1", "kind": "PodTemplate", "metadata": {"name": "any"}, "template": template}


@pytest.mark.parametrize("manifest", BUILT_IN, ids=[name for name in NAMES if not name.startswith("RayService")])
def test_manifests_are_what_kubernetes_expects(manifest: Manifest) -> None:
    validate(manifest)


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
def test_pod_templates_are_what_kubernetes_expects_wherever_they_stand(template: Manifest) -> None:
    validate(pod_template(template))
    broken = copy.deepcopy(template)
    broken["spec"]["containers"][0]["livenesProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError, match="livenesProbe"):
        validate(pod_template(broken))


def test_the_autoscaler_is_a_container_that_kubernetes_expects() -> None:
    validate(pod_template({"spec": {"containers": [CONTAINERS["autoscaler"]]}}))


def test_the_ray_service_is_written_in_kuberays_fields() -> None:
    jsonschema.validate(one("RayService", "resnet-edu-engine"), RAY_SERVICE)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("spec", "serveConfig"), "x"),
        (("spec", "serveConfigV2"), {"applications": []}),
        (("spec", "rayClusterConfig", "workerGroupSpecs", 0, "maxReplica"), 4),
        (("spec", "rayClusterConfig", "workerGroupSpecs", 0, "minReplicas"), "1"),
        (("spec", "rayClusterConfig", "headGroupSpec", "rayStartParams", "num-cpus"), 0),
        (("spec", "rayClusterConfig", "autoscalerOptions", "upscalingMode"), "Fast"),
    ],
    ids=lambda value: ".".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_a_mistake_in_the_ray_service_is_found(place: tuple[str | int, ...], value: object) -> None:
    manifest = copy.deepcopy(one("RayService", "resnet-edu-engine"))
    found: Any = manifest
    for step in place[:-1]:
        found = found[step]
    found[place[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(manifest, RAY_SERVICE)


def test_serves_configuration_is_what_ray_expects() -> None:
    schema = pytest.importorskip("ray.serve.schema", reason="needs requirements-cluster.txt")
    schema.ServeDeploySchema.model_validate(SERVE)  # which overlooks names that it doesn't know
    assert set(SERVE) <= set(schema.ServeDeploySchema.model_fields)
    assert set(SERVE["http_options"]) <= set(schema.HTTPOptionsSchema.model_fields)
    assert set(SERVE["applications"][0]) <= set(schema.ServeApplicationSchema.model_fields)


@with_ray
def test_serve_is_pointed_at_our_application_and_its_settings() -> None:
    (application,) = SERVE["applications"]
    module, name = application["import_path"].split(":")
    assert PROJECT / f"{module.replace('.', '/')}.py" == RAY_SERVE
    tree = ast.parse(RAY_SERVE.read_text(encoding="utf-8"))
    assert name in {each.name for each in tree.body if isinstance(each, ast.FunctionDef)}
    (settings,) = (each for each in tree.body if isinstance(each, ast.ClassDef) and each.name == "Settings")
    fields = {
        each.target.id
        for each in settings.body
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
    }
    assert set(application["args"]) <= fields


@with_ray
def test_ray_is_told_on_kubernetes_what_it_is_told_in_tests() -> None:
    source = (PROJECT / "resnet_edu" / "bench" / "ray_cluster.py").read_text(encoding="utf-8")
    told = dict(re.findall(r'"(RAY_\w+)": "(\d)"', source))
    assert told["RAY_USAGE_STATS_ENABLED"] == "0"
    for name in ("head: ray-head", "worker gpu: ray-worker"):
        found = environment(CONTAINERS[name])
        assert {each: found[each] for each in found if each.startswith("RAY_")} == told


@with_ray
def test_the_cluster_runs_the_ray_that_is_installed() -> None:
    pinned = re.search(r"^ray\[serve\]==(\S+)$", REQUIREMENTS.read_text(encoding="utf-8"), re.MULTILINE)
    assert pinned
    assert CLUSTER["rayVersion"] == pinned[1]


def test_replicas_fit_the_pods_that_may_be_started() -> None:
    args = SERVE["applications"][0]["args"]
    for group in CLUSTER["workerGroupSpecs"]:
        limits = group["template"]["spec"]["containers"][0]["resources"]["limits"]
        each = int(min(int(limits["cpu"]) / args["cpus"], int(limits["nvidia.com/gpu"]) / args["gpus"]))
        assert each >= 1
        assert group["minReplicas"] <= group["replicas"] <= group["maxReplicas"]
        assert args["smallest"] == each * group["minReplicas"]
        assert args["largest"] == each * group["maxReplicas"]


def test_the_app_finds_the_engine() -> None:
    found = environment(CONTAINERS["app: app"])
    address = urlsplit(found["RESNET_EDU_RAY_ADDRESS"])
    assert found["RESNET_EDU_ENGINE"] == "ray"
    assert address.hostname == "resnet-edu-engine-serve-svc", "KubeRay's name for it"
    assert address.port == SERVE["http_options"]["port"]
    assert SERVE["http_options"]["host"] == "0.0.0.0"
    assert SERVE["applications"][0]["route_prefix"] == (address.path or "/")


def test_app_and_engine_share_weights_and_secret() -> None:
    ours = [CONTAINERS["app: app"], CONTAINERS["head: ray-head"], CONTAINERS["worker gpu: ray-worker"]]
    for name in ("RESNET_EDU_WEIGHTS", "TORCH_HOME"):
        assert len({environment(each)[name] for each in (*ours, CONTAINERS["weights: weights"])}) == 1
    keys = [next(each for each in container["env"] if each["name"] == "RESNET_EDU_RAY_KEY") for container in ours]
    assert keys[0] == keys[1] == keys[2]
    assert keys[0]["valueFrom"]["secretKeyRef"] == {"name": "resnet-edu-engine", "key": "key"}
    for name, container in CONTAINERS.items():
        mounts = {each["name"]: each for each in container["volumeMounts"]}
        if "weights" in mounts:
            assert mounts["weights"]["mountPath"] == "/weights"
            assert mounts["weights"].get("readOnly", False) is (name != "weights: weights"), name


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
def test_no_pod_is_root_or_trusts_its_neighbours(template: Manifest) -> None:
    """With the containers below: the pod security standard «restricted», which the namespace enforces."""
    spec = template["spec"]
    context = spec["securityContext"]
    assert context["runAsNonRoot"] is True
    assert context["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec)
    assert all(set(each) - {"name"} <= {"emptyDir", "configMap", "persistentVolumeClaim"} for each in spec["volumes"])
    user, group = user_of_the_image()
    assert (context["runAsUser"], context["runAsGroup"], context["fsGroup"]) == (user, group, group)


def test_the_namespace_enforces_it() -> None:
    labels = one("Namespace", "resnet-edu")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


@pytest.mark.parametrize("container", CONTAINERS.values(), ids=CONTAINERS)
def test_no_container_has_privileges_or_can_write_but_where_it_must(container: Manifest) -> None:
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert "/tmp" in {each["mountPath"] for each in container["volumeMounts"] if not each.get("readOnly")}
    for bound in ("requests", "limits"):
        assert {"cpu", "memory"} <= set(container["resources"][bound])


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_mount_is_of_a_volume_of_its_pod(name: str) -> None:
    spec = TEMPLATES[name]["spec"]
    volumes = {each["name"] for each in spec["volumes"]}
    mounted = {each["name"] for container in spec["containers"] for each in container["volumeMounts"]}
    if name == "head":
        mounted |= {each["name"] for each in CONTAINERS["autoscaler"]["volumeMounts"]}
    assert mounted == volumes
    claims = [each["persistentVolumeClaim"]["claimName"] for each in spec["volumes"] if "persistentVolumeClaim" in each]
    assert all(one("PersistentVolumeClaim", claim) for claim in claims)


@pytest.mark.parametrize("container", CONTAINERS.values(), ids=CONTAINERS)
def test_probes_ask_ports_that_are_there(container: Manifest) -> None:
    """52365 is the port of Ray's agent on each node, which no manifest names."""
    ports = {each["name"]: each["containerPort"] for each in container.get("ports", ())}
    probes = [value["httpGet"] for name, value in container.items() if name.endswith("Probe")]
    assert all(each["port"] in ports or each["port"] == 52365 for each in probes)
    assert not ports or probes, "what serves is asked whether it does"


def test_the_app_is_probed_where_streamlit_answers() -> None:
    app, nginx = CONTAINERS["app: app"], CONTAINERS["app: nginx"]
    paths = {app[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "readiness", "liveness")}
    assert paths == {"/_stcore/health"}
    assert nginx["readinessProbe"]["httpGet"]["path"] == "/_stcore/health", "through nginx"


def test_the_way_from_the_ingress_to_the_process() -> None:
    ingress, service = one("Ingress", "resnet-edu"), one("Service", "resnet-edu")
    backend = ingress["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]
    assert backend["name"] == service["metadata"]["name"]
    (port,) = service["spec"]["ports"]
    assert backend["port"]["name"] == port["name"]
    (nginx_port,) = CONTAINERS["app: nginx"]["ports"]
    assert port["targetPort"] == nginx_port["name"]
    configuration = (FOLDER / "nginx.conf").read_text(encoding="utf-8")
    assert f"listen {nginx_port['containerPort']};" in configuration
    (app_port,) = CONTAINERS["app: app"]["ports"]
    assert f"server 127.0.0.1:{app_port['containerPort']};" in configuration
    assert f"EXPOSE {app_port['containerPort']}" in dockerfile()


def test_readers_stay_with_their_pod() -> None:
    ingress, service = (one(kind, "resnet-edu")["metadata"]["annotations"] for kind in ("Ingress", "Service"))
    assert ingress["nginx.ingress.kubernetes.io/affinity"] == "cookie"
    assert service["traefik.ingress.kubernetes.io/service.sticky.cookie"] == "true"
    assert (
        ingress["nginx.ingress.kubernetes.io/session-cookie-name"]
        == service["traefik.ingress.kubernetes.io/service.sticky.cookie.name"]
    )
    body = f"client_max_body_size {ingress['nginx.ingress.kubernetes.io/proxy-body-size']};"
    assert all(
        body in path.read_text(encoding="utf-8") for path in (FOLDER / "nginx.conf", FOLDER.parent / "nginx.conf")
    )


def test_selectors_find_their_pods() -> None:
    labels = {name: template["metadata"]["labels"] for name, template in TEMPLATES.items()}
    deployment, service = one("Deployment", "resnet-edu"), one("Service", "resnet-edu")
    assert deployment["spec"]["selector"]["matchLabels"] == service["spec"]["selector"] == labels["app"]
    for kind, path in (("PodDisruptionBudget", "selector"), ("NetworkPolicy", "podSelector")):
        assert one(kind, "resnet-edu")["spec"][path]["matchLabels"] == labels["app"]
        assert one(kind, "resnet-edu-engine")["spec"][path]["matchLabels"] == labels["head"] == labels["worker gpu"]


def test_the_network_lets_through_what_is_needed_and_no_more() -> None:
    app, engine = (one("NetworkPolicy", name)["spec"] for name in ("resnet-edu", "resnet-edu-engine"))
    assert set(app["policyTypes"]) == {"Ingress", "Egress"}
    (everyone,) = (rule for rule in app["ingress"] if "from" not in rule)
    (nginx_port,) = CONTAINERS["app: nginx"]["ports"]
    assert everyone["ports"] == [{"port": nginx_port["containerPort"]}]
    assert all(rule["to"] for rule in app["egress"])
    assert all(rule["from"] for rule in engine["ingress"]), "nobody reaches Ray unless named"
    of_app = {"podSelector": {"matchLabels": TEMPLATES["app"]["metadata"]["labels"]}}
    (rule,) = (rule for rule in engine["ingress"] if of_app in rule["from"])
    assert rule["ports"] == [{"port": SERVE["http_options"]["port"]}]


def test_variables_and_folders_are_those_of_the_code_and_the_image() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (PROJECT / "resnet_edu").rglob("*.py"))
    told = {
        name for container in CONTAINERS.values() for name in environment(container) if name.startswith("RESNET_EDU_")
    }
    of_ray = {name for name in told if name in ("RESNET_EDU_ENGINE", "RESNET_EDU_RAY_ADDRESS", "RESNET_EDU_RAY_KEY")}
    for name in told if RAY_SERVE.is_file() else told - of_ray:
        assert f'"{name}"' in code, name
    assert (
        environment(CONTAINERS["head: ray-head"])["PYTHONPATH"] == re.search(r"^WORKDIR (\S+)", dockerfile(), re.M)[1]
    )  # type: ignore[index]


def test_the_kustomizations_name_every_file() -> None:
    for folder in (FOLDER, FOLDER / "weights"):
        kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text(encoding="utf-8"))
        there = {path.name for path in folder.glob("*.yaml")} - {"kustomization.yaml"}
        assert set(kustomization["resources"]) == there
        assert kustomization["namespace"] == one("Namespace", "resnet-edu")["metadata"]["name"]
    assert (
        yaml.safe_load((FOLDER / "kustomization.yaml").read_text(encoding="utf-8"))["images"] == kustomization["images"]
    )


@pytest.mark.skipif(not shutil.which("kubectl"), reason="no kubectl")
def test_kustomize_builds_what_kubernetes_expects() -> None:
    command = ["kubectl", "kustomize"]
    built = [
        each
        for folder in (FOLDER, FOLDER / "weights")
        for each in yaml.safe_load_all(
            subprocess.run([*command, str(folder)], check=True, capture_output=True, text=True).stdout
        )
    ]
    assert len(built) == len(ALL) + 1  # nginx.conf's ConfigMap
    for each in built:
        if each["kind"] != "RayService":
            validate(each)
    text = yaml.safe_dump_all(built)
    assert not re.search(r"image: resnet-edu$", text, re.MULTILINE)
    (configuration,) = (each for each in built if each["kind"] == "ConfigMap")
    assert f"name: {configuration['metadata']['name']}\n" in text.split("kind: Deployment")[1]


def dockerfile() -> str:
    return (PROJECT / "Dockerfile").read_text(encoding="utf-8")


def user_of_the_image() -> tuple[int, int]:
    found = re.search(r"^USER (\d+):(\d+)$", dockerfile(), re.MULTILINE)
    assert found, "a number, as Kubernetes can't tell whether a name is root's"
    user, group = int(found[1]), int(found[2])
    assert f"--uid {user} --gid {group}" in dockerfile()
    return user, group


def test_what_the_image_needs_is_let_into_it() -> None:
    lets_in = {
        line[1:]
        for line in Path(PROJECT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("!")
    }
    copied = {
        word.removeprefix("./") for line in re.findall(r"^COPY (.+) \S+$", dockerfile(), re.M) for word in line.split()
    }
    assert copied - {"requirements*.txt"} == lets_in - {"requirements.txt", "requirements-cluster.txt"}
    assert {"requirements.txt", "requirements-cluster.txt"} <= lets_in
    assert 'CMD ["streamlit", "run", "app.py"' in dockerfile()
