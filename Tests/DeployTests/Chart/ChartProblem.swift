// SPDX-License-Identifier: Apache-2.0
// Martlet: values that can't work together, and what is said of them.

import Testing

/// Values that the chart refuses in words, over a case that it takes.
struct ChartProblem: Sendable, CustomTestStringConvertible {
    let words: String
    let base: String
    let values: HelmValue

    init(_ words: String, on base: String = "defaults", _ values: HelmValue) {
        self.words = words
        self.base = base
        self.values = values
    }

    var testDescription: String { words }

    func request(_ version: Helm.Version = .three) throws -> Helm.Request {
        var request = try ChartCase.named(base).request(version)
        request.values = values
        return request
    }

    static let all = ofScaling + ofSecrets + ofVariables + ofTheAPI + ofBackups + besideTheVolume + ofSchedules

    private static let ofScaling = [
        ChartProblem(
            "api.drain.delaySeconds: 35 leaves nothing of shutdownSeconds; allowed: less than 35",
            HelmValue("api.drain.delaySeconds", 35)
        ),
        ChartProblem(
            "api.autoscaling.minReplicas: 11 is more than maxReplicas; allowed: up to 10",
            HelmValue("api.autoscaling", ["kind": "hpa", "minReplicas": 11])
        ),
        ChartProblem(
            "api.autoscaling: nothing is measured; allowed: cpuUtilization, memoryUtilization or extraMetrics",
            HelmValue("api.autoscaling", ["kind": "hpa", "cpuUtilization": 0])
        ),
        ChartProblem(
            "worker.autoscaling: nothing is measured; allowed: cpuUtilization, memoryUtilization, queueAge, queueDepth or extraTriggers",
            HelmValue("worker.autoscaling", ["kind": "keda", "cpuUtilization": 0, "queueAge": ["targetSeconds": 0]])
        ),
        ChartProblem(
            "worker.autoscaling.cpuUtilization: is a share of what is requested, and nothing is; allowed: 0, or with "
                + "worker.resources.requests.cpu",
            HelmValue("worker", ["autoscaling": ["kind": "hpa"], "resources": ["requests": ["cpu": 0]]])
        ),
        ChartProblem(
            "api.resources.requests.memory: 1Gi is more than the limit; allowed: up to 512Mi",
            HelmValue("api.resources.requests.memory", "1Gi")
        ),
        ChartProblem(
            "api.migration.resources.requests.cpu: 1500m is more than the limit; allowed: up to 1",
            HelmValue("api.migration.resources", ["requests": ["cpu": "1500m"], "limits": ["cpu": 1]])
        ),
        ChartProblem(
            "global.devServers.redis.resources.requests.memory: 1G is more than the limit; allowed: up to 256Mi",
            on: "dev",
            HelmValue("global.devServers.redis.resources.requests.memory", "1G")
        ),
        ChartProblem(
            "backup.runs.drill.resources.requests.cpu: 2 is more than the limit; allowed: up to 1900m",
            on: "prod",
            HelmValue("backup.runs.drill.resources", ["requests": ["cpu": 2], "limits": ["cpu": "1900m"]])
        ),
        ChartProblem(
            "api.verticalAutoscaling.updateMode: Recreate changes the requests that hpa measures by; allowed: \"Off\", or "
                + "autoscaling.kind none",
            HelmValue(
                "api",
                ["autoscaling": ["kind": "hpa"], "verticalAutoscaling": ["enabled": true, "updateMode": "Recreate"]]
            )
        ),
    ]

    private static let ofSecrets = [
        ChartProblem(
            "global.secrets.external: nothing says which secret of the store; allowed: remoteKey, or data",
            HelmValue("global.secrets", ["source": "external", "external": ["store": "vault"]])
        ),
        ChartProblem(
            "global.secrets.values: are not used with the source existing; allowed: none, or global.secrets.source create",
            HelmValue("global.secrets.values", ["DATABASE_URL": "postgres://db/martlet"])
        ),
        ChartProblem(
            "worker.secrets.REDIS_URL: global.secrets.values has no OTHER_URL; allowed: a value there, another secret, or null",
            on: "secrets-of-values",
            HelmValue("worker.secrets.REDIS_URL.key", "OTHER_URL")
        ),
        ChartProblem(
            "worker.secrets.REDIS_URL: global.secrets.external.data has no REDIS_URL; allowed: a value there, another secret, or null",
            HelmValue(
                "global.secrets",
                [
                    "source": "external",
                    "external": [
                        "store": "vault",
                        "data": ["DATABASE_URL": ["key": "db"], "MARTLET_API_KEYS": ["key": "keys"]],
                    ],
                ]
            ).merged(HelmValue("api.secrets.REDIS_URL.secret", "cache"))
                .merged(HelmValue("health.secrets.REDIS_URL.secret", "cache"))
        ),
        ChartProblem(
            "api.migration.secrets.DATABASE_URL: global.secrets.values has no DIRECT_URL; allowed: a value there, another secret, "
                + "or null",
            on: "secrets-of-values",
            HelmValue("api.migration.secrets.DATABASE_URL.key", "DIRECT_URL")
        ),
    ]

    private static let ofVariables = [
        ChartProblem(
            "worker.extraEnv[1].name: HTTP_PROXY is there before; allowed: once",
            HelmValue(
                "worker.extraEnv",
                [["name": "HTTP_PROXY", "value": "a"], ["name": "HTTP_PROXY", "value": "b"]]
            )
        ),
        ChartProblem(
            "api.extraEnv[0].name: REDIS_URL comes from api.secrets.REDIS_URL; allowed: other names",
            HelmValue("api.extraEnv", [["name": "REDIS_URL", "value": "redis://cache"]])
        ),
        ChartProblem(
            "backup.extraEnv[0].name: DATABASE_URL_FILE comes from backup.secrets.DATABASE_URL; allowed: other names",
            on: "prod",
            HelmValue("backup.extraEnv", [["name": "DATABASE_URL_FILE", "value": "/etc/url"]])
        ),
    ]

    private static let ofTheAPI = [
        ChartProblem(
            "api.migration.mode: hook runs before global.devServers are there; allowed: start or off",
            on: "dev",
            HelmValue("api.migration.mode", "hook")
        ),
        ChartProblem(
            "api.migration.secrets: no Job migrates with the mode off; allowed: none, or api.migration.mode hook or argocd",
            HelmValue("api.migration", ["mode": "off", "secrets": ["DATABASE_URL": ["key": "DIRECT_URL"]]])
        ),
        ChartProblem(
            "api.istio: hosts and gateways are of no use without a mesh; allowed: none, or global.istio.enabled",
            HelmValue("api.istio.hosts", ["jobs.example.com"])
        ),
        ChartProblem(
            "api.rollout.steps: setMirrorRoute needs a mesh; allowed: setWeight, pause and others, or global.istio.enabled "
                + "with the mode sidecar",
            HelmValue("api.rollout", ["enabled": true, "steps": [["setMirrorRoute": ["name": "mirror"]]]])
        ),
        ChartProblem(
            "api.rollout.steps: setHeaderRoute needs a mesh; allowed: setWeight, pause and others, or global.istio.enabled "
                + "with the mode sidecar",
            on: "ambient",
            HelmValue("api.rollout.steps", [["setHeaderRoute": ["name": "testers"]]])
        ),
    ]

    /// Paths that only look as if they lay on the volume.
    private static let besideTheVolume = ["/var/backups/martlet-other", "/var/backups/martlet/../etc"].map { path in
        ChartProblem(
            "backup.stores: file://\(path) is on no volume; allowed: a path below backup.folder.path, with backup.folder.enabled",
            on: "backups-by-service",
            HelmValue(
                "backup",
                [
                    "folder": ["enabled": true],
                    "stores": [
                        "file:///var/backups/martlet", "file:///var/backups/martlet/one", .text("file://\(path)"),
                    ],
                ]
            )
        )
    }

    private static let ofBackups = [
        ChartProblem(
            "backup.serve.receive: the log is of no use to logical backups; allowed: false, or backup.method physical",
            on: "prod",
            HelmValue("backup.serve.receive", true)
        ),
        ChartProblem(
            "backup.runBy: serve does nothing while backup.serve.enabled is false; allowed: cronjob, or backup.serve.enabled",
            on: "prod",
            HelmValue("backup", ["runBy": "serve", "serve": ["enabled": false]])
        ),
        ChartProblem(
            "backup.runs.export.schedule: the service makes exports after backups, not by themselves; allowed: \"\", or "
                + "backup.runBy cronjob",
            on: "backups-by-service",
            HelmValue("backup.runs.export.schedule", "0 1 * * *")
                .merged(HelmValue("backup.secrets.MARTLET_BACKUP_SIGNING_KEY", [:]))
        ),
        ChartProblem(
            "backup.runs.export.schedule: nothing signs exports; allowed: \"\", or MARTLET_BACKUP_SIGNING_KEY among backup.secrets",
            on: "prod",
            HelmValue("backup.runs.export.schedule", "0 1 * * *")
        ),
        ChartProblem(
            "backup.secrets: nothing encrypts backups; allowed: MARTLET_BACKUP_KEYS, backup.kms.keys, or "
                + "backup.settings.MARTLET_BACKUP_ENCRYPTION none",
            on: "backups-by-service",
            HelmValue("backup.secrets.MARTLET_BACKUP_KEYS", nil)
        ),
        ChartProblem(
            "backup.stores: file:///elsewhere is on no volume; allowed: a path below backup.folder.path, with backup.folder.enabled",
            on: "backups-by-service",
            HelmValue("backup.stores", ["file:///elsewhere"])
        ),
        ChartProblem(
            "backup.networkPolicy.store.ports: a store listens on 9000, which is closed; allowed: with 9000",
            on: "prod",
            HelmValue("backup.stores", ["s3://bucket/martlet?style=path&endpoint=http://minio.store.svc:9000"])
        ),
        ChartProblem(
            "backup.networkPolicy.store.ports: a store listens on 80, which is closed; allowed: with 80",
            on: "prod",
            HelmValue("backup.stores", ["s3://bucket/martlet?endpoint=http://minio.store.svc"])
        ),
        ChartProblem(
            "backup.folder: no store is in it; allowed: false, or file:///var/backups/martlet among backup.stores",
            on: "backups-by-service",
            HelmValue("backup.folder.enabled", true)
        ),
        ChartProblem(
            "backup.folder.accessModes: runs may be on another node than the service; allowed: ReadWriteMany, or "
                + "backup.runBy serve",
            on: "physical-backups",
            HelmValue("backup.folder.accessModes", ["ReadWriteOnce"])
        ),
        ChartProblem(
            "global.heartbeats.enabled: nobody hears them without aggregators; allowed: false, or health.enabled",
            on: "physical-backups",
            HelmValue("health.enabled", false)
        ),
    ]

    /// Each place of a schedule, and each way to be wrong there.
    private static let ofSchedules = [
        ("61 * * * *", "\"61\" is no minute; allowed: *, 0 to 59"),
        ("30-10 * * * *", "\"30-10\" is no minute; allowed: *, 0 to 59"),
        ("*/0 * * * *", "\"*/0\" is no minute; allowed: *, 0 to 59"),
        ("1,,2 * * * *", "\"\" is no minute; allowed: *, 0 to 59"),
        ("0 24 * * *", "\"24\" is no hour; allowed: *, 0 to 23"),
        ("0 0 0 * *", "\"0\" is no day of the month; allowed: *, 1 to 31"),
        ("0 0 L * *", "\"L\" is no day of the month; allowed: *, 1 to 31"),
        ("0 0 1 jan1 *", "\"jan1\" is no month; allowed: *, 1 to 12, jan feb mar apr may jun jul aug sep oct nov dec"),
        ("0 0 * * 7", "\"7\" is no day of the week; allowed: *, 0 to 6, sun mon tue wed thu fri sat"),
    ].map { schedule, words in
        ChartProblem(
            "backup.runs.backup.schedule: \(words), ranges that rise such as 2-4, steps such as */2, and lists of these",
            on: "prod",
            HelmValue("backup.runs.backup.schedule", .text(schedule))
        )
    }
}
