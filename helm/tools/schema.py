#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Martlet: makes values.schema.json of the chart and of each part from the keys and comments of values.yaml and the rules below. --check compares.

import fnmatch
import json

import values
from generated import chart, put
from settings import CHART, SECRETS, SETTINGS

COMPONENTS = ["api", "worker", "health", "backup"]


# What keys within a value are, wherever they stand; values.yaml explains all others.
WORDS = {
    "annotations": "Annotations.", "labels": "Labels.", "enabled": "Whether it is there.", "type": "Its type.", "name": "Its name.",
    "api": "Of the API.", "worker": "Of workers.", "health": "Of aggregators.", "backup": "Of the service of backups.",
    "repository": "The image's name, with its registry.", "tag": "Its tag.", "digest": "Its digest, which wins over the tag.",
    "requests": "What is kept free for it.", "limits": "What it may not exceed.",
    "initialDelaySeconds": "Seconds before the first look.", "periodSeconds": "Seconds between two looks.",
    "timeoutSeconds": "Seconds that an answer may take.", "failureThreshold": "Failures in a row that count.",
    "successThreshold": "Successes in a row that count.",
    "maxSurge": "Replicas beyond their number, while they are replaced.", "maxUnavailable": "Replicas that may be missing.",
    "port": "A port.", "ports": "Ports.", "to": "Where to, as peers of a NetworkPolicy; none is anywhere.",
    "namespaceSelector": "Namespaces, by labels.", "podSelector": "Pods, by labels.", "ipBlock": "Addresses.",
    "cidr": "A block of addresses.", "except": "Blocks within it that don't count.",
    "secret": "A Secret's name.", "key": "A key within it.", "optional": "Whether it may be missing.",
    "property": "A property of it.", "version": "Its version.",
    "operator": "How it is compared.", "value": "A value.", "effect": "The taint's effect.", "tolerationSeconds": "For how long.",
    "valueFrom": "Where its value comes from.",
    "nodeSelector": "Nodes that pods may run on.", "tolerations": "Taints that pods put up with.",
    "affinity": "In place of the soft rule that keeps replicas off each other's nodes.",
    "topologySpreadConstraints": "In place of the soft rule that spreads replicas over zones.",
    "priorityClassName": "Priority class.", "runtimeClassName": "Runtime class.",
    "schedule": "When, as cron has it; empty: never.", "deadlineSeconds": "Longest time.",
    "args": "Further arguments of the verb.", "resources": "Requests and limits of this run.", "backoffLimit": "Attempts after the first.",
    "startingDeadlineSeconds": "How late it may still begin.",
    "successful": "Of those that succeeded.", "failed": "Of those that failed.",
    "targetSeconds": "Seconds; 0 does not count.", "targetJobs": "Jobs for each replica; 0 does not count.",
    "pollingSeconds": "Seconds between two looks.", "cooldownSeconds": "Seconds of quiet before it shrinks to nothing.",
    "prometheus": "Where Prometheus answers.", "scaleUp": "How it grows.", "scaleDown": "How it shrinks.",
    "updateMode": "Whether it recommends or acts.", "controlledResources": "What it looks at.",
    "minAllowed": "Least that it sets.", "maxAllowed": "Most that it sets.",
    "parentRefs": "Gateways.", "hostnames": "Names of hosts.", "url": "An address.",
    "hard": "What may be used at most.", "items": "Limits, as a LimitRange has them.",
}


# What kinds of values there are.

def choice(*allowed):
    return {"enum": list(allowed)}


def number(least, most=None):
    return {"type": "integer", "minimum": least} | ({} if most is None else {"maximum": most})


def text(pattern=None, example=None):
    return {"type": "string"} | ({"pattern": pattern} if pattern else {}) | ({"examples": [example]} if example else {})


def items(kind, least=0):
    return {"type": "array", "items": kind} | ({"minItems": least} if least else {})


def record(required=(), **keys):
    """An object with these keys and no others, each explained by WORDS."""
    described = {name: {"description": WORDS[name]} | kind for name, kind in keys.items()}
    return {"type": "object", "additionalProperties": False, "properties": described} | ({"required": list(required)} if required else {})


def mapping(kind, names=None):
    """Keys that the operator chooses; names, if given, is their pattern."""
    if names is None:
        return {"type": "object", "additionalProperties": kind}
    return {"type": "object", "additionalProperties": False, "patternProperties": {names: kind}}


BOOL = {"type": "boolean"}
TEXT = text()
NAME = text(r"^$|^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$")
URL = text(r"^https?://[^ /]+", "http://prometheus.monitoring.svc:9090")
QUANTITY = {"oneOf": [text(r"^[0-9]+(\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$"), {"type": "number", "minimum": 0}]}
HOST = text(r"^(\*\.)?[a-z0-9]([-a-z0-9.]*[a-z0-9])?$", "jobs.example.com")
SIZE = text(r"^[0-9]+(\.[0-9]+)?(Mi|Gi|Ti)$", "20Gi")
# As Go and Prometheus read it: hours before minutes before seconds, no days.
DURATION = text(r"^([0-9]+h([0-9]+m)?([0-9]+s)?|[0-9]+m([0-9]+s)?|[0-9]+s)([0-9]+ms)?$|^[0-9]+ms$", "1h30m")
CRON = text(r"^$|^(@(yearly|monthly|weekly|daily|hourly)|[-0-9*/,A-Za-z]+( [-0-9*/,A-Za-z]+){4})$", "30 2 * * *")
# Keys and values as Kubernetes takes them.
KEY = r"^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$"
ANNOTATIONS = mapping(TEXT, KEY)
LABELS = mapping(text(r"^$|^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$"), KEY)
# Those that the chart gives itself, by which its selectors find pods, can't be others.
TAKEN = ["app.kubernetes.io/" + name for name in ("name", "instance", "component", "part-of", "version", "managed-by")] + ["helm.sh/chart"]
OWN_LABELS = LABELS | {"not": {"anyOf": [{"required": [name]} for name in TAKEN]}}
# Objects of Kubernetes or of docs/health.md, which their owner checks.
OBJECT = {"type": "object"}
OBJECTS = items(OBJECT)
AMOUNT = {"oneOf": [number(0), text(r"^(100|[1-9]?[0-9])%$")]}
PORT = number(1024, 65535)
ANY_PORT = number(1, 65535)
PEERS = items(record(
    namespaceSelector=OBJECT, podSelector=OBJECT, ipBlock=record(["cidr"], cidr=TEXT, **{"except": items(TEXT)})) | {"minProperties": 1})
FLOW = record(enabled=BOOL, ports=items(ANY_PORT, 1), to=PEERS)
SERVER = record(port=ANY_PORT, to=PEERS)
# Null takes a default back.
AMOUNTS = {"type": ["object", "null"], "additionalProperties": {"oneOf": QUANTITY["oneOf"] + [{"type": "null"}]}}
RESOURCES = record(requests=AMOUNTS, limits=AMOUNTS)
PROBE = record(**{name: number(0 if name == "initialDelaySeconds" else 1) for name in (
    "initialDelaySeconds", "periodSeconds", "timeoutSeconds", "failureThreshold", "successThreshold")})
# Kubernetes takes no other for these two.
STEADY_PROBE = PROBE | {"properties": PROBE["properties"] | {"successThreshold": PROBE["properties"]["successThreshold"] | {"maximum": 1}}}
# Nothing more and nothing less: nobody could ever be replaced.
STUCK = {"required": ["maxSurge", "maxUnavailable"], "properties": {name: {"enum": [0, "0%"]} for name in ("maxSurge", "maxUnavailable")}}
ENV_NAME = r"^[A-Z_][A-Z0-9_]*$"
PLACE = record(secret=NAME, key=TEXT, optional=BOOL)
TOLERATION = record(key=TEXT, operator=choice("Exists", "Equal"), value=TEXT, effect=TEXT, tolerationSeconds=number(0))
POD = dict(labels=OWN_LABELS, annotations=ANNOTATIONS, nodeSelector=LABELS, tolerations=items(TOLERATION), affinity=OBJECT,
           topologySpreadConstraints=OBJECTS, priorityClassName=NAME, runtimeClassName=NAME)
RUN = record(schedule=CRON, deadlineSeconds=number(60), args=items(TEXT), resources=RESOURCES,
             backoffLimit=number(0, 10), startingDeadlineSeconds=number(60))
SCALAR = {"type": ["string", "number", "boolean"]}


def when(condition, then):
    return {"if": condition, "then": then}


def having(path, schema):
    """The schema of an object in which the key at a path is there and fits."""
    for name in reversed(path.split(".")):
        schema = {"type": "object", "required": [name], "properties": {name: schema}}
    return schema


def secrets():
    """Settings that come from Secrets. Programs refuse names of ours that none of them knows; others are what checks mean by ${NAME}."""
    names = {name for part in SECRETS.values() for name in part}
    known = {"anyOf": [{"enum": sorted(names)}, {"not": {"pattern": "^MARTLET_"}}]}
    return mapping({"oneOf": [PLACE, {"type": "null"}]}, ENV_NAME) | {"propertyNames": known}


def variables(component):
    """Further variables; what follows from values of its own is none of them, but for where backups report to in other ways than the chart's."""
    taken = [name for name in CHART[component] if not name.startswith(("MARTLET_BACKUP_HEARTBEATS", "MARTLET_BACKUP_PUSHGATEWAY"))]
    return items(record(["name"], name=text(ENV_NAME) | {"not": {"enum": taken}}, value=TEXT, valueFrom=OBJECT))


def settings(component):
    names = {name: {"description": "A setting: docs/configuration.md."} | SCALAR for name in SETTINGS[component]}
    return {"type": "object", "additionalProperties": False, "properties": names}


# Which key is of which kind; the first pattern that fits counts. What fits none takes its kind from a default that has one.
RULES = [
    ("global.ipFamily", choice("IPv4", "IPv6")),
    ("global.clusterDomain", text(r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")),
    ("global.labels", OWN_LABELS), ("global.pod.labels", OWN_LABELS), ("global.annotations", ANNOTATIONS),
    ("global.revisionHistoryLimit", number(1, 100)),
    ("*.nameOverride", text(r"^$|^[a-z]([-a-z0-9]*[a-z0-9])?$")),
    ("*.fullnameOverride", text(r"^$|^[a-z]([-a-z0-9]*[a-z0-9])?$")),
    ("global.image.registry", text(r"^[a-z0-9][-a-z0-9.]*(:[0-9]+)?(/[a-z0-9][-a-z0-9._]*)*$")),
    ("global.image.tag", text(r"^$|^[A-Za-z0-9_][-A-Za-z0-9_.]{0,127}$")),
    ("global.image.pullPolicy", choice("Always", "IfNotPresent", "Never")),
    ("global.image.pullSecrets", items(NAME)),
    ("global.ports", record(COMPONENTS, **{name: PORT for name in COMPONENTS})),
    ("global.secrets.source", choice("existing", "create", "external")),
    ("global.secrets.name", NAME),
    ("global.secrets.values", mapping(TEXT, ENV_NAME)),
    ("global.secrets.external.store", NAME),
    ("global.secrets.external.storeKind", choice("ClusterSecretStore", "SecretStore")),
    ("global.secrets.external.refreshInterval", DURATION),
    ("global.secrets.external.data", mapping(record(["key"], key=TEXT, property=TEXT, version=TEXT), ENV_NAME)),
    ("global.authorities", NAME),
    ("global.security.user", number(1)),
    ("global.networkPolicy.postgresql", SERVER), ("global.networkPolicy.redis", SERVER), ("global.networkPolicy.tracing", SERVER),
    ("global.networkPolicy.enabled", BOOL), ("global.networkPolicy.*", PEERS),
    ("global.monitoring.monitor.kind", choice("none", "service", "pod")),
    ("global.monitoring.monitor.*elabelings", OBJECTS), ("*.interval", DURATION), ("*.scrapeTimeout", DURATION),
    ("global.istio.mtls", choice("STRICT", "PERMISSIVE")), ("global.istio.mode", choice("sidecar", "ambient")),
    ("global.istio.plainPaths", items(text(r"^/", "/metrics"))),
    ("global.devServers.*.size", SIZE), ("global.devServers.*.password", text(r"^[-A-Za-z0-9._~]+$")),
    ("*.settings", None),
    ("*.annotations", ANNOTATIONS), ("*.labels", LABELS),
    ("api.test.image", TEXT), ("global.devServers.*.image", TEXT),
    ("*.image", record(repository=TEXT, tag=TEXT, digest=text(r"^$|^sha256:[0-9a-f]{64}$"))),
    ("api.migration.secrets", mapping(PLACE, "^DATABASE_URL$")), ("*.secrets", secrets()),
    ("*.replicas", number(0, 1000)),
    ("*.drain.shutdownSeconds", number(1, 3600)), ("*.drain.cancellationSeconds", number(1, 3600)), ("*.drain.*", number(0, 3600)),
    ("*.resources", RESOURCES),
    ("*.probes.readiness", PROBE), ("*.probes.*", STEADY_PROBE),
    ("*.rollingUpdate", record(maxSurge=AMOUNT, maxUnavailable=AMOUNT) | {"not": STUCK}),
    ("*.pod", record(**POD)),
    # With 0 no node could ever be drained.
    ("*.disruptionBudget", record(enabled=BOOL, maxUnavailable={"oneOf": [number(1), text(r"^(100|[1-9][0-9]?)%$")]})),
    ("*.serviceAccount.name", NAME),
    ("worker.service", record(annotations=ANNOTATIONS)), ("backup.service", record(annotations=ANNOTATIONS)),
    ("*.service", record(type=choice("ClusterIP", "NodePort", "LoadBalancer"), annotations=ANNOTATIONS)),
    ("*.autoscaling.kind", choice("none", "hpa", "keda")),
    ("*.autoscaling.minReplicas", number(1)), ("*.autoscaling.maxReplicas", number(1)),
    ("*.autoscaling.cpuUtilization", number(0, 1000)), ("*.autoscaling.memoryUtilization", number(0, 1000)),
    ("*.autoscaling.queues", items(TEXT)),
    ("*.autoscaling.queueAge", record(targetSeconds=number(0))), ("*.autoscaling.queueDepth", record(targetJobs=number(0))),
    # The API has no queues to ask Prometheus about.
    ("api.autoscaling.keda", record(pollingSeconds=number(1), cooldownSeconds=number(0))),
    ("*.autoscaling.keda", record(pollingSeconds=number(1), cooldownSeconds=number(0), prometheus=URL)),
    ("*.autoscaling.behavior", record(scaleUp=OBJECT, scaleDown=OBJECT)),
    ("*.autoscaling.extra*", OBJECTS),
    ("*.verticalAutoscaling", record(
        enabled=BOOL, updateMode=choice("Off", "Initial", "Recreate", "InPlaceOrRecreate"),
        controlledResources=items(choice("cpu", "memory"), 1), minAllowed=mapping(QUANTITY), maxAllowed=mapping(QUANTITY))),
    ("*.networkPolicy.clients", PEERS), ("*.networkPolicy.extra*", OBJECTS),
    ("*.networkPolicy.webhooks", FLOW), ("*.networkPolicy.store", FLOW),
    ("*.ingress.hosts", items(HOST)),
    ("*.ingress.className", NAME), ("*.ingress.tlsSecret", NAME),
    ("*.httpRoute", record(enabled=BOOL, annotations=ANNOTATIONS, parentRefs=OBJECTS, hostnames=items(HOST))),
    ("api.istio.hosts", items(HOST)), ("api.istio.gateways", items(text(r"^[a-z0-9][-a-z0-9./]*$"))),
    ("api.istio.retries", number(0, 10)), ("api.istio.timeout", DURATION), ("api.istio.trafficPolicy", OBJECT),
    ("api.rollout.steps", items({"type": "object", "minProperties": 1, "maxProperties": 1}, 1)),
    ("api.rollout.analysis.prometheus", URL), ("api.rollout.analysis.failureLimit", number(0, 100)),
    ("api.rollout.analysis.maximumErrorRatio", {"type": "number", "minimum": 0, "maximum": 1}),
    ("api.migration.mode", choice("hook", "argocd", "start", "off")),
    ("api.migration.deadlineSeconds", number(30)), ("api.migration.backoffLimit", number(0, 10)),
    ("api.test.timeoutSeconds", number(5, 60)),
    ("*.extraEnv", None),
    ("*.extraVolumes", OBJECTS), ("*.extraVolumeMounts", OBJECTS),
    ("health.page", OBJECT), ("health.existingChecks", NAME),
    ("*.monitorAuthorization", record(secret=NAME, key=TEXT) | when(having("secret", text(".")), having("key", text(".")))),
    ("backup.stores", items(text(r"^(s3://[a-z0-9][-a-z0-9.]{1,61}[a-z0-9]([/?].*)?|file:///.+)$", "s3://bucket/prefix?region=eu-central-1"), 1)),
    ("backup.method", choice("physical", "logical")), ("backup.runBy", choice("cronjob", "serve")),
    ("backup.kms.keys", items(TEXT) | {"maxItems": 8}),
    ("backup.runs.*", RUN),
    ("backup.history", record(successful=number(0, 100), failed=number(0, 100))),
    ("backup.scratch.kind", choice("emptyDir", "ephemeral")), ("backup.*.size", SIZE), ("backup.*.storageClass", NAME),
    # What programs have there already can't be a volume.
    ("backup.folder.path", text(r"^/[^/]") | {"not": {"pattern": "^/(dev|etc|proc|run|scratch|sys|tmp|usr)(/|$)"}}), ("backup.folder.existingClaim", NAME),
    ("backup.folder.accessModes", items(choice("ReadWriteOnce", "ReadWriteMany", "ReadWriteOncePod"), 1)),
    ("backup.pushgateway", record(url=text(r"^$|^https?://"), port=ANY_PORT, to=PEERS)),
    ("namespace.quota", record(enabled=BOOL, hard=mapping(QUANTITY))),
    ("namespace.limits", record(enabled=BOOL, items=OBJECTS)),
    ("global.pod.tolerations", items(TOLERATION)), ("global.pod.*Name", NAME), ("global.pod.topologySpreadConstraints", OBJECTS),
    ("global.pod.nodeSelector", LABELS), ("global.pod.affinity", OBJECT),
    ("health.*", OBJECTS), ("extraObjects", OBJECTS),
]


def kind(value):
    for pattern, found in RULES:
        if fnmatch.fnmatchcase(value.path, pattern) and not (pattern == "health.*" and value.path.count(".") > 1):
            if found is None:
                return {"*.settings": settings, "*.extraEnv": variables}[pattern](value.path.split(".")[0])
            if pattern != "health.*" or value.default.startswith("[") or "\n" in value.default or value.default.startswith("- "):
                return found
    if value.default in ("true", "false"):
        return BOOL
    if value.default.startswith('"') or value.default[:1].isalpha():
        return TEXT
    raise SystemExit(f"{value.path}: no rule says what {value.default} may be")


# What can't be together. Messages of a schema are terse, so what is about several keys is refused by templates (martlet.problems) in words.

EXPOSED = [
    when(having("ingress.enabled", {"const": True}), having("ingress.hosts", {"minItems": 1})),
    when(having("httpRoute.enabled", {"const": True}), having("httpRoute.parentRefs", {"minItems": 1})),
]


def needs(*names):
    """Secrets that are there, and not taken back by null."""
    return having("secrets", {"type": "object", "required": list(names), "properties": {name: {"type": "object"} for name in names}})


TOGETHER = {
    "global": [
        when(having("secrets.source", {"const": "external"}), having("secrets.external.store", {"minLength": 1})),
    ],
    # Without keys it would listen on loopback alone, where nobody reaches it.
    "api": EXPOSED + [needs("DATABASE_URL", "REDIS_URL", "MARTLET_API_KEYS")],
    "worker": [needs("DATABASE_URL", "REDIS_URL")],
    "health": EXPOSED + [needs("DATABASE_URL", "REDIS_URL", "MARTLET_API_KEYS")],
    "backup": [needs("DATABASE_URL")],
}


def schema(value):
    if not value.is_section:
        return {"description": value.description} | kind(value)
    found = {
        "description": value.description,
        "type": "object",
        "additionalProperties": False,
        "properties": {child.name: schema(child) for child in value.children},
    }
    return found | ({"allOf": TOGETHER[value.path]} if value.path in TOGETHER else {})


def document(title, body):
    return json.dumps({
        "$comment": "SPDX-License-Identifier: Apache-2.0. Martlet: what values may be; made by helm/tools/schema.py.",
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": title,
    } | body, indent=2, ensure_ascii=False) + "\n"


def main():
    root = values.read()
    sections = {child.name: child for child in root.children}
    files = {}
    for name in COMPONENTS:
        body = schema(sections[name])
        body["properties"]["global"] = {"description": "As the whole chart has it, whose schema checks it.", "type": "object"}
        files[chart() / "charts" / name / "values.schema.json"] = document(f"Values of {name}", body)
        sections[name] = {"description": sections[name].description + f" Checked by charts/{name}/values.schema.json.", "type": "object"}
    whole = {name: section if isinstance(section, dict) else schema(section) for name, section in sections.items()}
    whole["common"] = {"description": "What named templates share; it has no values.", "type": "object"}
    body = {"type": "object", "additionalProperties": False, "properties": whole}
    files[chart() / "values.schema.json"] = document("Values of Martlet's chart", body)
    put(files)


if __name__ == "__main__":
    main()
