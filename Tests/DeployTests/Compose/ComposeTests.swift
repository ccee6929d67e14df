// SPDX-License-Identifier: Apache-2.0
// Martlet: what compose.yaml promises.

import FoundationEssentials
import TestSupport
import Testing

@Suite("The Compose file", .enabled(if: DeployTool.compose.isThere, "\(DeployTool.compose.reason)"))
struct ComposeTests {
    @Test func theSpecificationIsKept() async throws {
        let schema = try await DeployTool.checkJSONSchema.run([
            "--builtin-schema", "vendor.compose-spec", "compose.yaml",
        ])
        #expect(schema.end == .code(0), "\(schema.text)")
        let quiet = try await DeployTool.compose.run(["-f", "compose.yaml", "--profile", "*", "config", "-q"])
        // Also no word of a variable that nobody has set.
        #expect(quiet.end == .code(0) && quiet.text.isEmpty, "\(quiet.text)")
    }

    @Test func everythingThatIsPromisedIsThere() async throws {
        let services = try await ComposeFile().services
        #expect(
            Set(services.keys) == [
                "secrets", "postgres", "roles", "redis", "migrate", "api", "worker", "health", "backup", "store",
                "prometheus", "alertmanager", "grafana", "traces", "restore", "node-exporter",
            ]
        )
        #expect(services["worker"]?["deploy.replicas"].number == 2)
        #expect(services["traces"]?["profiles"].items.map(\.text) == ["traces"])
        #expect(services["restore"]?["profiles"].items.map(\.text) == ["restore"])
        #expect(services.filter { !$0.value["profiles"].isNone }.count == 2)
    }

    @Test func nobodyHasRightsThatAreNotNeeded() async throws {
        // The official image of PostgreSQL begins as root to give its folder away, and `secrets` gives files away.
        let allowed: [String: Set<String>] = [
            "postgres": ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"],
            "secrets": ["CHOWN", "DAC_OVERRIDE", "FOWNER"],
        ]
        for (name, service) in try await ComposeFile().services {
            #expect(service["read_only"].flag == true, "\(name)")
            #expect(service["cap_drop"].items.map(\.text) == ["ALL"], "\(name)")
            #expect(service["security_opt"].items.map(\.text) == ["no-new-privileges:true"], "\(name)")
            #expect(Set(service["cap_add"].items.compactMap(\.text)) == allowed[name] ?? [], "\(name)")
            // Who looks at the machine sees its processes.
            #expect((service["pid"].text == "host") == (name == "node-exporter"), "\(name)")
            #expect(service["privileged"].isNone && service["ipc"].isNone, "\(name)")
            let user = service["user"].text
            let isNumeric = user?.split(separator: ":").allSatisfy { UInt32($0) != nil }
            // Our images have their user in them, and so has PostgreSQL's.
            #expect(isNumeric ?? (ComposeFile.own[name] != nil || name == "postgres"), "\(name) runs as \(user ?? "?")")
            for volume in service["volumes"].items where volume["type"].text == "bind" {
                #expect(volume["read_only"].flag == true, "\(name): \(volume)")
                let isOurs = volume["source"].text?.hasPrefix(Repository.root) == true
                #expect(isOurs || name == "node-exporter", "\(name): \(volume)")
                let source = volume["source"].text ?? ""
                #expect(FileManager.default.fileExists(atPath: source), "\(name) mounts what is not there: \(source)")
            }
        }
    }

    @Test func everyServiceHasLimitsAndSaysHowItIs() async throws {
        for (name, service) in try await ComposeFile().services {
            #expect(service["deploy.resources.limits.cpus"].text != nil, "\(name)")
            #expect((service["deploy.resources.limits.memory"].number ?? 0) >= 64 << 20, "\(name)")
            #expect(service["deploy.resources.limits.pids"].number == 512, "\(name)")
            #expect(service["logging.options.max-size"].text == "10m", "\(name)")
            let ends = ["secrets", "roles", "migrate", "restore"].contains(name)
            #expect(service["restart"].text == (ends ? "no" : "unless-stopped"), "\(name)")
            if !ends, name != "traces" { #expect(!service["healthcheck.test"].items.isEmpty, "\(name)") }
            // Debian's engine knows none, and Compose refuses the whole file there.
            #expect(service["healthcheck.start_interval"].isNone, "\(name)")
        }
        for name in ["api", "worker", "health", "backup"] {
            let probe = try await ComposeFile().services[name]?["healthcheck.test"].items.compactMap(\.text)
            #expect(probe == ["CMD", "/usr/local/bin/martlet", "health"], "\(name)")
        }
    }

    @Test func eachWaitsForWhatItNeeds() async throws {
        let services = try await ComposeFile().services
        func waits(_ name: String) -> [String: String] {
            services[name]?["depends_on"].members.compactMapValues { $0["condition"].text } ?? [:]
        }
        let ended = "service_completed_successfully"
        #expect(waits("postgres") == ["secrets": ended] && waits("redis") == ["secrets": ended])
        #expect(waits("roles") == ["postgres": "service_healthy"])
        #expect(waits("migrate") == ["roles": ended, "redis": "service_healthy"])
        for name in ["api", "worker", "health"] { #expect(waits(name) == ["migrate": ended], "\(name)") }
        #expect(waits("backup") == ["migrate": ended, "store": "service_healthy"])
        #expect(waits("grafana") == ["secrets": ended, "prometheus": "service_healthy"])
        // Who is drained has the time for it: 25 s, 5 s to be cancelled, and some to end.
        for name in ["api", "worker", "health", "backup"] {
            #expect(services[name]?["stop_grace_period"].text == "35s", "\(name)")
        }
    }

    @Test func dataCanBeReachedFromInsideAlone() async throws {
        let file = try await ComposeFile()
        for name in ["data", "storage", "watch"] {
            #expect(file.tree["networks.\(name).internal"].flag == true, "\(name)")
        }
        for (name, service) in file.services {
            let networks = Set(service["networks"].members.keys)
            if ["postgres", "redis", "migrate"].contains(name) { #expect(networks == ["data"], "\(name)") }
            if name == "store" { #expect(networks == ["storage"]) }
            #expect(networks.contains("storage") == ["store", "backup", "restore"].contains(name), "\(name)")
            let ports = service["ports"].items
            #expect(ports.allSatisfy { $0["host_ip"].text == "127.0.0.1" }, "\(name): \(ports)")
            if !ports.isEmpty { #expect(networks.contains("edge"), "\(name) has ports and no way to them") }
        }
        for name in ["secrets", "roles"] { #expect(file.services[name]?["network_mode"].text == "none", "\(name)") }
    }

    @Test func settingsAreOnesThatTheProgramsKnow() async throws {
        let file = try await ComposeFile()
        // What only the aggregator's file of checks asks for.
        let asked = [
            "HEALTH_URL", "BACKUP_TOKEN", "ALERTS_TOKEN", "MARTLET_BACKUP_SCHEDULE_BACKUP",
            "MARTLET_BACKUP_SCHEDULE_DRILL",
        ]
        for (service, program) in ComposeFile.own {
            let given = Set(file.services[service]?["environment"].members.keys.map { $0 } ?? [])
            #expect(given.count > 2, "\(service)")
            let read = try await ProgramSettings.names(of: program, verbs: [service == "restore" ? "restore" : "serve"])
            let names = service == "health" ? read.union(asked) : read
            let known = names.union(names.map { "\($0)_FILE" })
                .union(program == "martlet-backup" ? ["AWS_ACCESS_KEY_ID_FILE", "AWS_SECRET_ACCESS_KEY_FILE"] : [])
            #expect(given.subtracting(known).isEmpty, "\(service): \(given.subtracting(known).sorted())")
        }
        let checks = try Repository.text("infra/compose/health.yaml")
        for name in asked { #expect(checks.contains("${\(name)}"), "\(name)") }
    }

    /// What Compose does not set itself comes from one file, for all programs.
    @Test func everySettingCanBeGiven() async throws {
        let folder = try RecoveryFolder()
        var names: [String: Set<String>] = [:]
        for (service, program) in ComposeFile.own {
            let verb = ["migrate": "migrate", "restore": "restore"][service] ?? "serve"
            names[service] = try await ProgramSettings.names(of: program, verbs: [verb])
        }
        let all = names.values.reduce(into: Set()) { $0.formUnion($1) }
        #expect(all.count > 100)
        try Data(all.sorted().map { "\($0)=of-the-file\n" }.joined().utf8)
            .write(to: URL(filePath: "\(folder.path)/settings.env"))
        let plain = try await ComposeFile()
        let file = try await ComposeFile(folder: folder.path)
        for (service, read) in names {
            let own = Set(plain.services[service]?["environment"].members.keys.map(\.self) ?? [])
            let given = file.services[service]?["environment"].texts ?? [:]
            for name in read.subtracting(own) { #expect(given[name] == "of-the-file", "\(service): \(name)") }
            for name in own where all.contains(name) { #expect(given[name] != "of-the-file", "\(service): \(name)") }
        }
    }

    /// What Compose sets and lets others set stands on the page, and is what was given.
    @Test func settingsOfTheEnvironmentAreToldAndTaken() async throws {
        let page = try Repository.text("docs/compose.md")
        let section = page.split(separator: "\n## ").first { $0.hasPrefix("Settings\n") } ?? ""
        let lines = try Repository.text("compose.yaml").matches(of: /\n +([A-Z_]+): \${([A-Z_]+):-/)
        var settings: Set<String> = []
        for program in ProgramSettings.programs { settings.formUnion(try await ProgramSettings.names(of: program)) }
        let names = Set(lines.filter { $0.1 == $0.2 }.map { String($0.1) }).intersection(settings)
        #expect(names.count == 11, "\(names.sorted())")
        let given = names.reduce(into: [String: String]()) { $0[$1] = "given-to-\($1)" }
        let file = try await ComposeFile(environment: given)
        let taken = ComposeFile.own.keys.flatMap { file.services[$0]?["environment"].texts.map(\.value) ?? [] }
        for (name, value) in given {
            let short = name.split(separator: "_").last ?? ""
            #expect(section.contains("`\(name)`") || section.contains("`…_\(short)`"), "\(name)")
            #expect(taken.contains(value), "\(name)")
        }
    }

    /// `down --volumes` removes the volumes that services without a profile mount, and no others.
    @Test(
        arguments: [[:], ["POSTGRES_DATA": "restored"], ["POSTGRES_DATA": "restored-2", "RESTORED": "restored-2"]]
            as [[String: String]]
    )
    func everyVolumeIsRemovedWithTheRest(_ environment: [String: String]) async throws {
        let run = try await DeployTool.compose.run(
            ["-f", "compose.yaml", "config", "--volumes"],
            environment: environment
        )
        let declared = try YAMLTree(parsing: Repository.text("compose.yaml"))["volumes"].members.keys
        let named = Set(run.text.split(separator: "\n").map(String.init))
        #expect(run.end == .code(0) && named == Set(declared), "\(run.text)")
    }

    /// Nobody tells others that it is here, and nobody is told from outside to end or to read its files again.
    @Test func nobodyCallsHome() async throws {
        let services = try await ComposeFile().services
        let settings = services["grafana"]?["environment"].texts ?? [:]
        for name in ["REPORTING_ENABLED", "CHECK_FOR_UPDATES", "CHECK_FOR_PLUGIN_UPDATES"] {
            #expect(settings["GF_ANALYTICS_\(name)"] == "false", "\(name)")
        }
        for (name, value) in [
            ("GF_PLUGINS_PREINSTALL_DISABLED", "true"), ("GF_PLUGINS_PREINSTALL_AUTO_UPDATE", "false"),
            ("GF_PLUGINS_PUBLIC_KEY_RETRIEVAL_DISABLED", "true"), ("GF_NEWS_NEWS_FEED_ENABLED", "false"),
            ("GF_SECURITY_DISABLE_GRAVATAR", "true"), ("GF_SNAPSHOTS_EXTERNAL_ENABLED", "false"),
        ] {
            #expect(settings[name] == value, "\(name)")
        }
        let words = services["prometheus"]?["command"].items.compactMap(\.text) ?? []
        #expect(words.count > 3 && !words.contains { $0.hasPrefix("--web.enable") }, "\(words)")
    }

    @Test func noSecretIsAVariable() async throws {
        for (name, service) in try await ComposeFile().services {
            for (variable, value) in service["environment"].texts {
                let isSecret = ["PASSWORD", "KEYS", "TOKEN", "SECRET"].contains { variable.contains($0) }
                #expect(!isSecret || variable.hasSuffix("_FILE"), "\(name): \(variable)")
                #expect(!value.contains("://") || !value.contains("@"), "\(name): \(variable)")
            }
            // Only those who read secrets see them: each has volumes of its own.
            let secrets = service["volumes"].items.compactMap { $0["source"].text }.filter { $0.hasSuffix("-secrets") }
            let expected: Set<String> =
                switch name {
                case "secrets":
                    [
                        "postgres-secrets", "redis-secrets", "martlet-secrets", "health-secrets", "backup-secrets",
                        "store-secrets", "alertmanager-secrets", "grafana-secrets",
                    ]
                case "migrate", "api", "worker": ["martlet-secrets"]
                case "health": ["martlet-secrets", "health-secrets"]
                case "traces", "prometheus", "node-exporter": []
                case "restore": ["backup-secrets"]
                case "roles": ["postgres-secrets"]
                default: ["\(name)-secrets"]
                }
            #expect(Set(secrets) == expected, "\(name)")
        }
    }

    @Test func imagesHaveVersionsAndCanBeOthers() async throws {
        let mirror = ["POSTGRES_IMAGE": "mirror/postgres:1", "MARTLET_REGISTRY": "mirror", "MARTLET_TAG": "9.9.9"]
        let other = try await ComposeFile(environment: mirror).services
        #expect(other["postgres"]?["image"].text == "mirror/postgres:1")
        #expect(other["worker"]?["image"].text == "mirror/martlet-worker:9.9.9")
        for (name, service) in try await ComposeFile().services {
            let image = service["image"].text ?? ""
            let tag = image.split(separator: ":").last.map(String.init) ?? ""
            #expect(image.contains(":") && tag.contains { $0.isNumber }, "\(name): \(image)")
            guard let program = ComposeFile.own[name] else { continue }
            #expect(image.contains("/\(program):"), "\(name)")
            // One of a registry in place of the checkout's own is taken by nobody but who says so.
            #expect(service["pull_policy"].text == "never", "\(name)")
            let argument = service["build.args.SERVICE"].text
            #expect(argument.map { "martlet-\($0)" } == program, "\(name)")
            // A merge that replaced the others would lose what `--version` says.
            #expect(service["build.args.COMMIT"].text == "unknown", "\(name)")
        }
    }
}
