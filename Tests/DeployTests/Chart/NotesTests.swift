// SPDX-License-Identifier: Apache-2.0
// Martlet: what people read after an install. `helm template` leaves notes out, so a copy of the chart renders them into an object.

import FoundationEssentials
import TestSupport
import Testing

@Suite("Notes of the chart", .enabled(if: DeployTool.helm.isThere, "\(DeployTool.helm.reason)"))
struct NotesTests {
    private func notes(_ name: String, _ more: HelmValue = [:]) async throws -> String {
        let folder = try RecoveryFolder()
        let copy = try await DeployTool("cp").run(["-r", "helm/martlet", folder.path])
        try #require(copy.end == .code(0), "\(copy.text)")
        let notes = try Repository.text("helm/martlet/templates/NOTES.txt")
        let wrapped = "{{- define \"martlet.notes\" -}}\n\(notes){{- end -}}"
        try Data(wrapped.utf8).write(to: URL(filePath: "\(folder.path)/martlet/templates/_notes.tpl"))
        let object = """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: notes}
            data: {notes: {{ include "martlet.notes" . | toJson }}}
            """
        try Data(object.utf8).write(to: URL(filePath: "\(folder.path)/martlet/templates/notes.yaml"))
        var request = try ChartCase.named(name).request()
        request.chart = "\(folder.path)/martlet"
        request.values = HelmValue("monitoring", ["rules": ["enabled": false], "dashboards": ["enabled": false]])
            .merged(more)
        return try #require(try await ChartRendering(request).one("ConfigMap/notes")["data.notes"].text)
    }

    @Test
    func developersAreToldWhatIsForThemAlone() async throws {
        let text = try await notes("dev")
        for words in [
            "release rel in namespace martlet", "http://rel-martlet-api.martlet.svc:8080",
            "helm test rel --namespace martlet",
            "port-forward service/rel-martlet-api 8080", "Beware:", "global.secrets.source is create",
            "global.devServers",
        ] { #expect(text.contains(words), "\(words): \(text)") }
        for words in ["martlet-development-key", "There are no backups", "cronjob"] {
            #expect(!text.contains(words), "\(words): \(text)")
        }
    }

    @Test
    func operatorsAreToldWhereAndWhatNext() async throws {
        let text = try await notes("prod")
        for words in [
            "https://jobs.example.com", "https://status.example.com", "rollout status deployment",
            "create job --from=cronjob/rel-martlet-backup-backup first-backup",
        ] { #expect(text.contains(words), "\(words): \(text)") }
        #expect(!text.contains("Beware"), "\(text)")
        let job = try await ChartCase.named("prod").rendering.one("CronJob/rel-martlet-backup-backup")
        #expect(job.kind == "CronJob")
    }

    @Test
    func theSecretsKeysAreNamed() async throws {
        let text = try await notes("defaults")
        #expect(
            text.contains("the Secret rel-martlet has these keys:\n  DATABASE_URL, MARTLET_API_KEYS, REDIS_URL\n"),
            "\(text)"
        )
        #expect(text.contains("There are no backups"))
        let direct = try await notes("defaults", HelmValue("api.migration.secrets.DATABASE_URL.key", "DIRECT_URL"))
        #expect(direct.contains("\n  DATABASE_URL, DIRECT_URL, MARTLET_API_KEYS, REDIS_URL\n"), "\(direct)")
        let physical = try await notes("physical-backups")
        #expect(
            physical.contains("MARTLET_BACKUP_HEARTBEAT_TOKEN, MARTLET_BACKUP_KEYS, MARTLET_BACKUP_SIGNING_KEY"),
            "\(physical)"
        )
        #expect(!(try await notes("argo-cd")).contains("has these keys"))
    }

    @Test(
        arguments: [
            ("open", "Anybody in the cluster reaches all pods"), ("few", "There are no workers"),
            ("closed", "Nobody migrates the database"),
            ("defaults", "Pods may reach the ports of PostgreSQL anywhere"),
        ] as [(String, String)]
    )
    func whatIsRiskyIsSaid(_ name: String, _ words: String) async throws {
        #expect(try await notes(name).contains(words))
        #expect(!(try await notes("prod")).contains(words))
    }

    /// A policy that closes a Service to all who are meant to use it.
    @Test(arguments: ["api", "health"])
    func whoIsNotLetInIsSaid(_ part: String) async throws {
        let words = "ipBlock in \(part).networkPolicy.clients"
        let service = HelmValue("\(part).service.type", "LoadBalancer")
        #expect(!(try await notes("defaults")).contains(words))
        #expect(try await notes("defaults", service).contains(words))
        let clients = HelmValue("\(part).networkPolicy.clients", [["ipBlock": ["cidr": "203.0.113.0/24"]]])
        #expect(!(try await notes("defaults", service.merged(clients))).contains(words))
        #expect(!(try await notes("open", service)).contains(words))
    }

    /// What may be wrong, and can't be known from values alone.
    @Test(
        arguments: [
            (
                "Traces of worker go to https://otlp.example.com/v1, and port 4318 is open",
                HelmValue("worker.settings.OTEL_EXPORTER_OTLP_ENDPOINT", "https://otlp.example.com/v1"),
                HelmValue("global.networkPolicy.tracing.port", 443)
            ),
            (
                "Metrics of Jobs go to http://push.example.com:8080, and port 9091 is open",
                HelmValue("backup.pushgateway.url", "http://push.example.com:8080"),
                HelmValue("backup.pushgateway.port", 8080)
            ),
            (
                "no way to receivers",
                HelmValue("health.receivers", [["name": "chat", "webhook": ["url": "https://chat.example.com"]]]),
                HelmValue("health.networkPolicy.extraEgress", [["ports": [["port": 443]]]])
            ),
            (
                "every canary passes",
                HelmValue("api.rollout.enabled", true).merged(HelmValue("global.monitoring.monitor.kind", "none")),
                HelmValue("global.monitoring.monitor.kind", "pod")
            ),
        ]
    )
    func whatMayBeWrongIsSaid(_ words: String, _ wrong: HelmValue, _ right: HelmValue) async throws {
        #expect(!(try await notes("physical-backups")).contains(words))
        let said = try await notes("physical-backups", wrong)
        #expect(said.contains(words), "\(said)")
        #expect(!(try await notes("physical-backups", wrong.merged(right))).contains(words))
    }

    @Test
    func notesAreOfWholeLines() async throws {
        for name in ["defaults", "prod", "dev", "backups-alone", "few"] {
            let text = try await notes(name)
            #expect(!text.contains("\n\n\n") && !text.contains("<no value>") && !text.contains("%!"), "\(text)")
        }
    }
}
