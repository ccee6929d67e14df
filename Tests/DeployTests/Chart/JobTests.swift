// SPDX-License-Identifier: Apache-2.0
// Martlet: what runs to an end in the cluster: migrations, runs of backups, the test of a release.

import TestSupport
import Testing

@Suite("Jobs of the chart", .enabled(if: DeployTool.helm.isThere, "\(DeployTool.helm.reason)"))
struct JobTests {
    /// The page and the heartbeats go by the schedules themselves; what is never done is never late.
    @Test func theAggregatorKnowsWhenRunsAreDue() async throws {
        var request = try ChartCase.named("prod").request()
        request.values = ["backup": ["runs": ["drill": ["schedule": ""]]]]
        let chart = try await ChartRendering(request)
        let map = try #require(chart.all("ConfigMap").first { $0["data"].texts["health.yaml"] != nil })
        let file = try YAMLTree(parsing: map["data"].texts["health.yaml"] ?? "")
        #expect(file["page.backups"].texts == ["every": "30 */6 * * *", "drill_every": "off"])
        let due = file["checks"].items.compactMap { $0["heartbeat.every"].text }
        let schedules = chart.all("CronJob").compactMap { $0["spec.schedule"].text }
        #expect(due.sorted() == schedules.sorted() && due.count >= 3)
    }

    @Test(arguments: ["staging", "prod", "physical-backups", "backups-alone", "images", "few", "everything"])
    func runsOfBackupsAreBounded(_ name: String) async throws {
        let jobs = try await ChartCase.named(name).rendering.all("CronJob")
        #expect(jobs.count >= 3)
        for job in jobs {
            #expect(job.apiVersion == "batch/v1")
            #expect(job["spec.concurrencyPolicy"].text == "Forbid", "\(job)")
            #expect((job["spec.startingDeadlineSeconds"].number ?? 0) >= 600, "\(job)")
            #expect(job["spec.timeZone"].text == (name == "everything" ? "Europe/Oslo" : "UTC"), "\(job)")
            #expect(
                job["spec.successfulJobsHistoryLimit"].number != nil
                    && job["spec.failedJobsHistoryLimit"].number != nil,
                "\(job)"
            )
            #expect(job["spec.suspend"].flag == (name == "backups-alone"), "\(job)")
            let fields = job["spec.schedule"].text?.split(separator: " ").count ?? 0
            #expect(fields == 5, "\(job)")
            let run = job["spec.jobTemplate.spec"]
            #expect((run["activeDeadlineSeconds"].number ?? 0) >= 600, "\(job)")
            #expect((run["backoffLimit"].number ?? 7) <= 6, "\(job)")
            #expect(run["template.spec.restartPolicy"].text == "Never", "\(job)")
            // Exit codes that a second attempt would not change; 69, a store that is away, and 70 are others.
            let rules = run["podFailurePolicy.rules"].items
            let codes =
                rules.first { $0["action"].text == "FailJob" }?["onExitCodes.values"].items.compactMap(\.number) ?? []
            #expect(codes.contains(65) && codes.contains(78) && !codes.contains(69) && !codes.contains(0), "\(job)")
            #expect(
                rules.contains {
                    $0["action"].text == "Ignore" && $0["onPodConditions.0.type"].text == "DisruptionTarget"
                },
                "\(job)"
            )
        }
    }

    /// Each is a verb of the program, and has room for what it does.
    @Test
    func runsAreVerbsOfTheProgram() async throws {
        let help = try await DeployTool("env").run(["\(ClusterPrograms.build)/martlet-backup", "--help"]).text
        let jobs = try await ChartCase.everything.rendering.all("CronJob")
        let verbs = jobs.compactMap { $0.containers.first?["args.0"].text }
        #expect(verbs.sorted() == ["backup", "drill", "export", "prune", "verify"])
        for job in jobs {
            let verb = job.containers.first?["args.0"].text ?? ""
            #expect(help.split(separator: "\n").contains { $0.hasPrefix("  \(verb) ") }, "\(verb)")
            #expect(job.name.hasSuffix("-backup-\(verb)"))
            let mounts = job.containers.first?["volumeMounts"].items.compactMap { $0["mountPath"].text } ?? []
            #expect(
                mounts.contains("/scratch") == (verb == "drill") && mounts.contains("/dev/shm") == (verb == "drill"),
                "\(job)"
            )
            #expect(mounts.contains("/stores"), "\(job)")
        }
        let backup = try #require(jobs.first { $0.name.hasSuffix("-backup-backup") })
        #expect(backup.containers.first?["args"].items.map(\.text) == ["backup", "--label=run-of-owls"])
    }

    @Test
    func runsAreDoneByOneOfBoth() async throws {
        let byJobs = try await ChartCase.named("prod").rendering
        let byService = try await ChartCase.named("dev").rendering
        func schedules(_ chart: ChartRendering) throws -> [String] {
            try chart.environment(of: try #require(chart.pods("backup").first)).keys.filter {
                $0.hasPrefix("MARTLET_BACKUP_SCHEDULE_")
            }
        }
        #expect(byJobs.all("CronJob").count == 4)
        #expect(try schedules(byJobs) == [])
        #expect(byService.all("CronJob").isEmpty)
        #expect(try schedules(byService).count == 4)
        // A job says when it is due, so that its metrics tell when it is late.
        for pod in byJobs.pods("backup-run") {
            #expect(pod.literals.contains(pod.owner["spec.schedule"].text ?? ""), "\(pod)")
        }
    }

    /// Before an install nothing of the release is there but what its hooks bring.
    @Test(arguments: ["defaults", "prod", "secrets-of-values", "argo-cd", "everything"])
    func migrationsComeBeforeAllElse(_ name: String) async throws {
        let chart = try await ChartCase.named(name).rendering
        let isArgo = name == "argo-cd"
        let (hook, weight) =
            isArgo
            ? ("argocd.argoproj.io/hook", "argocd.argoproj.io/sync-wave") : ("helm.sh/hook", "helm.sh/hook-weight")
        let before = chart.objects.filter { $0.annotations[hook] == (isArgo ? "PreSync" : "pre-install,pre-upgrade") }
        let migration = try #require(chart.pods("migrate").first)
        #expect(migration.owner.kind == "Job" && migration.owner.annotations[hook] != nil)
        #expect(before.filter { $0.kind == "Job" }.count == 1)
        let own = Int(migration.owner.annotations[weight] ?? "") ?? -100
        for object in before where object.kind != "Job" {
            #expect(Int(object.annotations[weight] ?? "").map { $0 < own } == true, "\(object) comes too late")
        }
        for object in before {
            let policy =
                object.annotations[isArgo ? "argocd.argoproj.io/hook-delete-policy" : "helm.sh/hook-delete-policy"]
                ?? ""
            #expect(policy.lowercased().replacing("-", with: "").contains("beforehookcreation"), "\(object)")
        }
        // What the Job needs is among them, or was there before the release.
        let names = Set(before.flatMap { [$0.description, "Secret/\($0["spec.target.name"].text ?? "")"] })
        let account = migration.spec["serviceAccountName"].text ?? ""
        // Who makes accounts himself, as in this case, has made one for migrations, too.
        #expect(isArgo ? account == "default" : names.contains("ServiceAccount/\(account)"), "\(account)")
        #expect(before.contains { $0.kind == "ServiceAccount" } == !isArgo)
        #expect(migration.containers.allSatisfy { $0["envFrom"].isNone })
        // By this policy alone it gets through, whatever those of the version before say.
        let way = try #require(before.first { $0.kind == "NetworkPolicy" })
        #expect(way["spec.podSelector"].selects(migration.labels), "\(way)")
        let ports = way["spec.egress"].items.flatMap { $0["ports"].items }.compactMap { $0["port"].text }
        let postgres = name == "everything" ? "15432" : "5432"
        #expect(Set(ports) == Set(["53", postgres] + (name == "everything" ? ["15012"] : [])), "\(ports)")
        for secret in migration.spec["volumes"].items.flatMap({ $0["projected.sources"].items }).map({
            $0["secret.name"].text ?? ""
        }) {
            #expect(names.contains("Secret/\(secret)") || secret == "rel-martlet" && name == "defaults", "\(secret)")
        }
        #expect(migration.containers.first?["args"].items.map(\.text) == ["migrate"])
        #expect(migration.owner["spec.activeDeadlineSeconds"].number ?? 0 > 0)
    }

    /// Past a pooler that the others go through, or as the role that owns the tables.
    @Test
    func aMigrationMayHaveADatabaseURLOfItsOwn() async throws {
        func items(_ chart: ChartRendering, _ component: String) throws -> [YAMLTree] {
            let volumes = try #require(chart.pods(component).first).spec["volumes"].items
            return volumes.flatMap { $0["projected.sources"].items }.map { $0["secret"] }
                .filter { $0["items.0.path"].text == "DATABASE_URL" }
        }
        var request = try ChartCase.named("defaults").request()
        request.values = HelmValue("api.secrets.DATABASE_URL", ["secret": "pooler", "key": "url"])
            .merged(HelmValue("api.migration.secrets.DATABASE_URL.key", "DIRECT_URL"))
        let chart = try await ChartRendering(request)
        let (own, api) = (try items(chart, "migrate"), try items(chart, "api"))
        #expect(own.map { $0["name"].text } == ["rel-martlet"] && api.map { $0["name"].text } == ["pooler"])
        #expect(own.map { $0["items.0.key"].text } == ["DIRECT_URL"] && api.map { $0["items.0.key"].text } == ["url"])
        // Without one it is the API's.
        request.values = HelmValue("api.secrets.DATABASE_URL", ["secret": "pooler", "key": "url"])
        #expect(try await items(ChartRendering(request), "migrate") == api)
        let way = try await ChartCase.everything.rendering.one("NetworkPolicy/big-gannet-migrate")
        #expect(way["spec.egress"].items.contains { $0["to.0.ipBlock.cidr"].text == "192.0.2.12/32" })
    }

    @Test(arguments: [("dev", "true"), ("open", "true"), ("closed", nil)] as [(String, String?)])
    func withoutAHookNobodyMigratesOrEachAPI(_ name: String, _ setting: String?) async throws {
        let chart = try await ChartCase.named(name).rendering
        #expect(chart.pods("migrate").isEmpty && chart.all("Job").isEmpty)
        let api = try #require(chart.pods("api").first)
        #expect(try chart.environment(of: api)["MARTLET_MIGRATE_ON_START"] == setting)
    }

    @Test(arguments: ["defaults", "prod", "everything"])
    func theTestOfAReleaseIsSound(_ name: String) async throws {
        let chart = try await ChartCase.named(name).rendering
        let pod = try #require(chart.pods("test").first)
        #expect(pod.owner.kind == "Pod" && pod.owner.annotations["helm.sh/hook"] == "test")
        #expect(pod.owner.annotations["helm.sh/hook-delete-policy"] == "before-hook-creation,hook-succeeded")
        #expect(pod.spec["restartPolicy"].text == "Never")
        let container = try #require(pod.containers.first)
        let script = try Repository.text("helm/martlet/charts/api/files/submit-job.sh")
        #expect(container["args.0"].text?.split(separator: "\n") == script.split(separator: "\n"))
        let variables = Dictionary(
            uniqueKeysWithValues: container["env"].items.map { ($0["name"].text ?? "", $0["value"].text ?? "") }
        )
        for name in ["API_BASE_URL", "MARTLET_TEST_SECONDS", "MARTLET_API_KEYS_FILE"] {
            #expect(
                variables[name]?.isEmpty == false && script.contains("$\(name)") || script.contains("\(name) "),
                "\(name)"
            )
        }
        let seconds = try #require(Int(variables["MARTLET_TEST_SECONDS"] ?? ""))
        #expect((pod.spec["activeDeadlineSeconds"].number ?? 0) > seconds)
    }

    @Test(.enabled(if: DeployTool.shellcheck.isThere, "\(DeployTool.shellcheck.reason)"))
    func theScriptOfThatTestIsClean() async throws {
        let run = try await DeployTool.shellcheck.run(["--shell=sh", "helm/martlet/charts/api/files/submit-job.sh"])
        #expect(run.end == .code(0), "\(run.text)")
    }
}
