"""A schema of KubeRay's RayService (ray.io/v1), as far as we can write one.

No package ships a schema of this custom resource. This one covers the field names and types of the five KubeRay
structures used in our manifest: RayServiceSpec, RayClusterSpec, HeadGroupSpec, WorkerGroupSpec and AutoscalerOptions.
Deprecated fields and fields for other resources are left out, so they are rejected. Kubernetes' own structures (pod
templates, containers) are checked with Kubernetes' schemas, and Ray's (``serveConfigV2``) with Ray's. KubeRay's rules
across fields are not covered.
"""

from typing import Any

Schema = dict[str, Any]


def _object(required: tuple[str, ...] = (), **properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 0}
TEXTS: Schema = {"type": "object", "additionalProperties": TEXT}
KUBERNETES: Schema = {"type": ["object", "array"]}
"""Checked elsewhere."""

AUTOSCALER = _object(
    resources=KUBERNETES,
    image=TEXT,
    imagePullPolicy={"enum": ["Always", "IfNotPresent", "Never"]},
    env=KUBERNETES,
    envFrom=KUBERNETES,
    volumeMounts=KUBERNETES,
    securityContext=KUBERNETES,
    idleTimeoutSeconds=COUNT,
    upscalingMode={"enum": ["Default", "Aggressive", "Conservative"]},
)
HEAD = _object(
    ("rayStartParams", "template"),
    serviceType={"enum": ["ClusterIP", "NodePort", "LoadBalancer"]},
    headService=KUBERNETES,
    enableIngress=FLAG,
    rayStartParams=TEXTS,
    template=KUBERNETES,
)
WORKERS = _object(
    ("groupName", "minReplicas", "maxReplicas", "rayStartParams", "template"),
    groupName=TEXT,
    replicas=COUNT,
    minReplicas=COUNT,
    maxReplicas=COUNT,
    numOfHosts=COUNT,
    idleTimeoutSeconds=COUNT,
    rayStartParams=TEXTS,
    template=KUBERNETES,
)
CLUSTER = _object(
    ("headGroupSpec",),
    rayVersion=TEXT,
    enableInTreeAutoscaling=FLAG,
    autoscalerOptions=AUTOSCALER,
    headServiceAnnotations=TEXTS,
    gcsFaultToleranceOptions=KUBERNETES,
    suspend=FLAG,
    headGroupSpec=HEAD,
    workerGroupSpecs={"type": "array", "items": WORKERS},
)
RAY_SERVICE = _object(
    ("apiVersion", "kind", "metadata", "spec"),
    apiVersion={"const": "ray.io/v1"},
    kind={"const": "RayService"},
    metadata=KUBERNETES,
    spec=_object(
        ("serveConfigV2", "rayClusterConfig"), serveConfigV2=TEXT, rayClusterConfig=CLUSTER, serveService=KUBERNETES
    ),
)
