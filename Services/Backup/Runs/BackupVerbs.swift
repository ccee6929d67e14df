// SPDX-License-Identifier: Apache-2.0
// Martlet: which run each verb is.

internal import Logging
internal import Platform
internal import Recovery
internal import Web

/// Starts the run of a verb.
struct BackupVerbs: Sendable {
    private let settings: BackupSettings
    private let reread: @Sendable () throws -> BackupSettings

    /// Takes the settings, and how `serve` reads them again.
    init(_ settings: BackupSettings, reread: @escaping @Sendable () throws -> BackupSettings) {
        self.settings = settings
        self.reread = reread
    }

    func run(_ verb: BackupVerb, _ operands: [String]) async throws {
        if verb == .keys, operands.first == "generate" {
            return try KeyRun.generate(operands.last ?? "")
        }
        if verb == .keys, operands.first == "signing" { return try KeyRun.signing(operands.last ?? "") }
        if verb == .keys, operands == ["public"] { return try KeyRun.showPublic(settings.export.signing) }
        if verb == .serve { return try await BackupService(settings, reread: reread).run() }
        if verb == .health { return try await ReadinessQuestion(settings.http).ask() }
        // Results are on standard output, so what happens is told on the other one.
        let sink = LogSink(
            service: "martlet-backup",
            settings: settings.logging,
            output: LogOutput(fileDescriptor: 2)
        )
        sink.install()
        let logger = sink.logger(label: "martlet-backup")
        let settings = settings
        try await InterruptibleRun.run {
            try await RunContext.with(settings, logger) { context in
                try await Self.run(verb, operands, context)
            }
        }
    }

    private static func run(_ verb: BackupVerb, _ operands: [String], _ context: RunContext) async throws {
        switch verb {
        case .backup: try await BackupRun(context).runAndShow()
        case .restore: try await RestoreRun(context).runAndShow()
        case .list: try await ListRun(context).runAndShow()
        case .verify: try await VerifyRun(context).runAndShow()
        case .drill: try await RestoreDrillRun(context).runAndShow()
        case .prune: try await PruneRun(context).runAndShow()
        case .walPush: try await LogRun(context).push(operands[0])
        case .walFetch: try await LogRun(context).fetch(operands[0], into: operands[1])
        case .receive: try await LogRun(context).receive()
        case .check: try await CheckRun(context).runAndShow()
        case .repair: try await RepairRun(context).runAndShow()
        case .keys where operands == ["renew"]: try await KeyRun(context).renew()
        case .keys: try await KeyRun(context).rewrap()
        case .export: try await ExportRun(context).runAndShow()
        case .importing: try await ImportRun(context).runAndShow()
        case .serve, .health: return
        }
    }
}
