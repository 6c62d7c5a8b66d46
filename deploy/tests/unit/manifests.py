"""The manifests in ``deploy/kubernetes`` by kind and name, and the containers that they create."""

from collections.abc import Iterator
from typing import Any

import yaml

from deploy.nginx import FOLDER

Manifest = dict[str, Any]
KUBERNETES = FOLDER / "kubernetes"
ALL: dict[tuple[str, str], Manifest] = {
    (each["kind"], each["metadata"]["name"]): each
    for path in sorted(KUBERNETES.rglob("*.yaml"))
    if path.name != "kustomization.yaml"
    for each in yaml.safe_load_all(path.read_text(encoding="utf-8"))
}
ENGINE = ALL["RayService", "resnet-edu-engine"]
CLUSTER = ENGINE["spec"]["rayClusterConfig"]
SERVE = yaml.safe_load(ENGINE["spec"]["serveConfigV2"])
WORKERS = CLUSTER["workerGroupSpecs"]
TEMPLATES: dict[str, Manifest] = {
    "app": ALL["Deployment", "resnet-edu"]["spec"]["template"],
    "halls": ALL["Deployment", "resnet-edu-halls"]["spec"]["template"],
    "weights": ALL["Job", "resnet-edu-weights"]["spec"]["template"],
    "head": CLUSTER["headGroupSpec"]["template"],
    **{f"worker {each['groupName']}": each["template"] for each in WORKERS},
}
"""Templates of all pods."""


def _containers() -> Iterator[tuple[str, Manifest]]:
    for name, template in TEMPLATES.items():
        for container in template["spec"]["containers"]:
            yield f"{name}: {container['name']}", container
    options = CLUSTER["autoscalerOptions"]
    fields = ("resources", "env", "securityContext", "volumeMounts")
    yield "autoscaler", {"name": "autoscaler", "image": "resnet-edu", **{name: options[name] for name in fields}}


CONTAINERS = dict(_containers())
"""All containers defined here, and the autoscaler, which KubeRay creates from its options."""


def environment(container: Manifest) -> dict[str, Any]:
    """Return a container's environment variables; None for a secret."""
    return {each["name"]: each.get("value") for each in container.get("env", ())}
