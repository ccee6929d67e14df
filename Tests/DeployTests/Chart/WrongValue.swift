// SPDX-License-Identifier: Apache-2.0
// Martlet: values of the right kind that are out of their range, each with some that are not.

import Testing

/// A value that the schema refuses, and those that it takes in the same place.
struct WrongValue: Sendable, CustomTestStringConvertible {
    let path: String
    let value: HelmValue
    let allowed: [HelmValue]
    /// What the refusal names: the value, or the item of it that is wrong.
    let place: [String]

    init(_ path: String, _ value: HelmValue, at item: String = "", allowed: HelmValue...) {
        self.path = path
        self.value = value
        self.allowed = allowed
        place = (path + item).split(separator: ".").map(String.init)
    }

    var values: HelmValue { HelmValue(path, value) }
    var testDescription: String { "\(path): \(value)" }

    static let all = ofAll + ofParts + ofBackups

    private static let ofAll = [
        WrongValue("global.ipFamily", "ipv6", allowed: "IPv4", "IPv6"),
        WrongValue("global.clusterDomain", ".cluster.local", allowed: "cluster.local", "owls.internal"),
        WrongValue("global.nameOverride", "-dash", allowed: "", "gannet"),
        WrongValue("global.fullnameOverride", "Upper", allowed: "", "big-gannet"),
        WrongValue("global.labels", ["app.kubernetes.io/name": "x"], allowed: ["example.com/name": "x"]),
        WrongValue("global.pod.labels", ["app.kubernetes.io/instance": "x"], allowed: ["tier": "x"]),
        WrongValue("global.revisionHistoryLimit", 0, allowed: 1, 100),
        WrongValue("global.image.registry", "https://registry.example.com", allowed: "registry.example.com:5000/birds"),
        WrongValue("global.image.tag", "with space", allowed: "", "1.2.3-rc.1"),
        WrongValue("global.image.pullPolicy", "Sometimes", allowed: "Always", "IfNotPresent", "Never"),
        WrongValue("global.ports.api", 80, allowed: 1024, 65535),
        WrongValue("global.secrets.source", "vault", allowed: "existing", "external"),
        WrongValue("global.secrets.external.storeKind", "Vault", allowed: "ClusterSecretStore", "SecretStore"),
        WrongValue("global.secrets.external.refreshInterval", "1 hour", allowed: "1h", "90s", "1h30m"),
        WrongValue("global.secrets.external.refreshInterval", "1d", allowed: "24h"),
        WrongValue("api.istio.timeout", "5s1h", allowed: "1h5s", "75s", "500ms"),
        WrongValue("global.secrets.external.store", "", allowed: "vault"),
        WrongValue("global.security.user", 0, allowed: 1, 65532),
        WrongValue("global.networkPolicy.postgresql.port", 65536, allowed: 1, 5433),
        WrongValue(
            "global.networkPolicy.dns",
            [["podSelectr": [:]]],
            at: ".0",
            allowed: [],
            [["ipBlock": ["cidr": "169.254.20.10/32"]]]
        ),
        WrongValue("global.monitoring.monitor.kind", "probe", allowed: "none", "service", "pod"),
        WrongValue("global.monitoring.monitor.interval", "often", allowed: "15s", "1m30s"),
        WrongValue("global.istio.mtls", "DISABLE", allowed: "STRICT", "PERMISSIVE"),
        WrongValue("global.istio.mode", "none", allowed: "sidecar", "ambient"),
        WrongValue("global.istio.plainPaths", ["metrics"], at: ".0", allowed: [], ["/metrics"]),
        WrongValue(
            "global.settings",
            ["LOG_LEVL": "debug"],
            allowed: ["LOG_LEVEL": "debug"],
            ["MARTLET_TRACE_SAMPLE": 0.5]
        ),
        WrongValue("global.settings", ["DATABASE_URL": "postgres://db"], allowed: [:]),
        WrongValue("global.settings", ["MARTLET_API_KEYS": "key"], allowed: [:]),
    ]

    private static let ofParts = [
        WrongValue("api.replicas", -1, allowed: 0, 1),
        WrongValue("worker.replicas", 100_000_000_000, allowed: 1_000),
        WrongValue("global.labels", ["a b": "x"], allowed: ["a.example/b_c.d": ""]),
        WrongValue("global.pod.labels", ["tier": "front end"], at: ".tier", allowed: ["tier": "front-end"]),
        WrongValue("global.annotations", ["/x": "y"], allowed: ["example.com/x": "any text: {}"]),
        WrongValue("api.settings", ["MARTLET_CONCURRENCY": 3], allowed: ["MARTLET_BATCH_CONCURRENCY": 3]),
        WrongValue("worker.settings", ["MARTLET_WEBHOOK_SECRETS": "whsec"], allowed: ["MARTLET_CONCURRENCY": 3]),
        WrongValue("health.settings", ["MARTLET_QUEUES": "mail"], allowed: ["MARTLET_HEALTH_LOCATION": "eu"]),
        WrongValue("api.image.digest", "sha256:short", allowed: ""),
        WrongValue("api.secrets", ["lower": [:]], allowed: ["OTEL_EXPORTER_OTLP_HEADERS": [:]]),
        WrongValue("api.secrets.DATABASE_URL", ["secrt": "x"], allowed: ["secret": "x", "key": "url"]),
        WrongValue("worker.drain.shutdownSeconds", 3601, allowed: 1, 3600),
        WrongValue("worker.drain.cancellationSeconds", 0, allowed: 1),
        WrongValue("api.resources.requests.cpu", "much", allowed: "250m", 1, "0.5"),
        WrongValue("health.resources.requests.cpu", "much", allowed: nil),
        WrongValue("health.resources.limits", "much", allowed: nil, ["memory": nil]),
        WrongValue("api.probes.liveness.periodSeconds", 0, allowed: 1),
        WrongValue("api.probes.readiness", ["path": "/health/ready"], allowed: ["initialDelaySeconds": 0]),
        WrongValue("api.probes.liveness.successThreshold", 2, allowed: 1),
        WrongValue("api.probes.readiness.successThreshold", 0, allowed: 1, 2),
        WrongValue(
            "worker.rollingUpdate",
            ["maxSurge": 0, "maxUnavailable": 0],
            allowed: ["maxSurge": 0, "maxUnavailable": 1],
            ["maxSurge": "10%", "maxUnavailable": "0%"]
        ),
        WrongValue("api.disruptionBudget.maxUnavailable", 0, allowed: 1, "1%", "100%"),
        WrongValue("worker.pod.labels", ["app.kubernetes.io/part-of": "x"], allowed: ["tier": "x"]),
        WrongValue("api.rollingUpdate.maxSurge", "101%", allowed: "100%", 2),
        WrongValue("api.pod", ["hostNetwork": true], allowed: ["priorityClassName": "high"]),
        WrongValue("api.service.type", "ExternalName", allowed: "ClusterIP", "NodePort", "LoadBalancer"),
        WrongValue("api.autoscaling.kind", "both", allowed: "none", "hpa", "keda"),
        WrongValue("worker.autoscaling.minReplicas", 0, allowed: 1),
        WrongValue("worker.autoscaling.keda.prometheus", "prometheus:9090", allowed: "http://prometheus:9090"),
        WrongValue(
            "health.verticalAutoscaling.updateMode",
            "Auto",
            allowed: "Off",
            "Initial",
            "Recreate",
            "InPlaceOrRecreate"
        ),
        WrongValue("api.verticalAutoscaling.controlledResources", [], allowed: ["cpu"], ["memory"]),
        WrongValue("api.ingress.hosts", [], allowed: ["jobs.example.com"], ["*.example.com"]),
        WrongValue("health.httpRoute", ["enabled": true], at: ".parentRefs", allowed: ["enabled": false]),
        WrongValue("api.istio.retries", 11, allowed: 0, 10),
        WrongValue("api.rollout.steps", [], allowed: [["pause": [:]]]),
        WrongValue("api.rollout.analysis.maximumErrorRatio", 1.5, allowed: 0, 0.5, 1),
        WrongValue("api.migration.mode", "job", allowed: "hook", "argocd", "start", "off"),
        WrongValue("api.migration.deadlineSeconds", 29, allowed: 30),
        WrongValue("api.migration.secrets", ["REDIS_URL": [:]], allowed: [:], ["DATABASE_URL": ["key": "url"]]),
        WrongValue("api.test.timeoutSeconds", 61, allowed: 5, 60),
        WrongValue("api.extraEnv", [["name": "lower"]], at: ".0.name", allowed: [["name": "UPPER", "value": "x"]]),
        WrongValue(
            "health.extraEnv",
            [["name": "MARTLET_HEALTH_CONFIG", "value": "/x"]],
            at: ".0.name",
            allowed: [["name": "MARTLET_WORKER_NAME", "value": "x"]]
        ),
        WrongValue("api.networkPolicy.clients", [[:]], at: ".0", allowed: [["podSelector": [:]]]),
        WrongValue(
            "health.monitorAuthorization",
            ["secret": "keys"],
            at: ".key",
            allowed: ["secret": "keys", "key": "operator"]
        ),
        WrongValue("api.httpRoute.hostnames", ["A B"], at: ".0", allowed: ["*.example.com"], []),
        WrongValue(
            "worker.secrets",
            ["MARTLET_CONCURRENCY": [:]],
            allowed: [:]
        ),
        WrongValue(
            "worker.secrets",
            ["MARTLET_WEBHOOK_SECRET": [:]],
            allowed: ["MARTLET_WEBHOOK_SECRETS": [:]],
            ["OTEL_EXPORTER_OTLP_HEADERS": [:]]
        ),
        WrongValue("worker.networkPolicy.webhooks.ports", [], allowed: [443]),
        WrongValue("health.existingChecks", "Not_A_Name", allowed: "", "checks"),
    ]

    private static let ofBackups = [
        WrongValue("backup.stores", [], allowed: ["s3://bucket/prefix"]),
        WrongValue("backup.stores", ["ftp://host"], at: ".0", allowed: ["s3://bucket"]),
        WrongValue("backup.method", "snapshot", allowed: "logical", "physical"),
        WrongValue("backup.runBy", "hand", allowed: "cronjob", "serve"),
        WrongValue("backup.runs.backup.schedule", "daily", allowed: "", "@daily", "*/5 * * * *"),
        WrongValue("backup.runs.drill.schedule", "0 2 ? * *", allowed: "0 2 * * 1-5"),
        WrongValue("backup.runs.backup.deadlineSeconds", 59, allowed: 60),
        WrongValue("backup.runs", ["restore": ["schedule": "0 0 * * *"]], allowed: [:]),
        WrongValue("backup.kms.keys", ["1", "2", "3", "4", "5", "6", "7", "8", "9"], allowed: ["alias/martlet"]),
        WrongValue("backup.scratch.kind", "hostPath", allowed: "emptyDir", "ephemeral"),
        WrongValue("backup.scratch.size", "20", allowed: "20Gi"),
        WrongValue("backup.folder.accessModes", ["ReadOnlyMany"], at: ".0", allowed: ["ReadWriteMany"]),
        WrongValue("backup.folder.path", "relative", allowed: "/stores"),
        WrongValue("backup.folder.path", "/tmp/stores", allowed: "/var/stores", "/tmpfiles"),
        WrongValue("backup.pushgateway.url", "pushgateway:9091", allowed: "", "http://pushgateway:9091"),
        WrongValue("backup.settings", ["MARTLET_BACKUP_KEYS": "id:key"], allowed: ["MARTLET_BACKUP_KEEP_YEARLY": 3]),
        WrongValue("backup.history.failed", 101, allowed: 0, 100),
    ]
}
