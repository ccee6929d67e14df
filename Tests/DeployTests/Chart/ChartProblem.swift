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

    static let all =
        ofScaling + ofSecrets + ofVariables + ofTheHealth + ofTheAPI + ofBackups + besideTheVolume + ofSchedules

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
            "worker.autoscaling.queues: mail/eu can't be selected by a HorizontalPodAutoscaler; allowed: letters, digits and . _ - within, "
                + "or autoscaling.kind keda",
            HelmValue("worker.autoscaling", ["kind": "hpa", "queues": ["mail.eu", "mail/eu"]])
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
            "worker.extraVolumes[1].name: tmp is one of the chart's own; allowed: other names",
            // The first is one of other parts alone.
            HelmValue(
                "worker.extraVolumes",
                [["name": "scratch", "emptyDir": [:]], ["name": "tmp", "emptyDir": [:]]]
            )
        ),
        ChartProblem(
            "backup.extraEnv[0].name: DATABASE_URL_FILE comes from backup.secrets.DATABASE_URL; allowed: other names",
            on: "prod",
            HelmValue("backup.extraEnv", [["name": "DATABASE_URL_FILE", "value": "/etc/url"]])
        ),
    ]

    private static let ofTheHealth = [
        ChartProblem(
            "health.settings.MARTLET_RETENTION_DAYS: is not what workers have, and either may do that work; allowed: 365",
            HelmValue("worker.settings.MARTLET_RETENTION_DAYS", 365)
        ),
        ChartProblem(
            "health.settings.MARTLET_MAX_LOSSES: is not what workers have, and either may do that work; allowed: 5",
            HelmValue("health.settings.MARTLET_MAX_LOSSES", 7)
        ),
        ChartProblem(
            "health.checks: health.existingChecks is in place of them; allowed: none, or no existingChecks",
            HelmValue("health", ["existingChecks": "checks", "checks": [["id": "shop"]]])
        ),
        ChartProblem(
            "health.checks[1].id: redis is there before; allowed: other names than postgres, redis, api, worker, shop",
            HelmValue("health.checks", [["id": "shop"], ["id": "redis"]])
        ),
        ChartProblem(
            "health.groups[0].id: stores is there before; allowed: other names than stores, services, backups",
            HelmValue("health.groups", [["id": "stores", "name": "Shops"]])
        ),
        ChartProblem(
            "health.slos: speed is about shop, which is no check; allowed: postgres, redis, api, worker",
            HelmValue(
                "health.slos",
                [["id": "speed", "objective": 0.9, "latency": ["checks": ["api", "shop"], "below": "1s"]]]
            )
        ),
        // Where all are of parts that are off there is nothing to say; here something would be missing.
        ChartProblem(
            "health.slos: both is about api, which is no check; allowed: postgres, redis, worker",
            HelmValue(
                "health.slos",
                [["id": "both", "objective": 0.9, "availability": ["checks": ["api", "worker"]]]]
            )
            .merged(HelmValue("api.enabled", false))
        ),
        ChartProblem(
            "worker.serviceAccount.name: birds is another part's; allowed: one of its own, or create false",
            HelmValue("api.serviceAccount.name", "birds").merged(HelmValue("worker.serviceAccount.name", "birds"))
        ),
    ]

    private static let ofTheAPI = [
        ChartProblem(
            "api.istio.gateways: nothing says for which hosts; allowed: none, or with api.istio.hosts",
            on: "mesh",
            HelmValue("api.istio", ["gateways": ["istio-system/public"], "hosts": []])
        ),
        ChartProblem(
            "api.rollout.steps: setCanaryScale needs a mesh; allowed: setWeight, pause and others, or global.istio.enabled "
                + "with the mode sidecar",
            on: "canary-without-mesh",
            HelmValue("api.rollout.steps", [["setCanaryScale": ["weight": 25]]])
        ),
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
            on: "canary-without-mesh",
            HelmValue("api.rollout.steps", [["setMirrorRoute": ["name": "mirror"]]])
        ),
        ChartProblem(
            "api.rollout.steps: setHeaderRoute needs a mesh; allowed: setWeight, pause and others, or global.istio.enabled "
                + "with the mode sidecar",
            on: "ambient",
            HelmValue("api.rollout.steps", [["setHeaderRoute": ["name": "testers"]]])
        ),
    ]
}
