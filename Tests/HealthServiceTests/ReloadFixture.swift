// SPDX-License-Identifier: Apache-2.0
// Martlet: a configuration file, and an engine without a ledger that takes it on.

import Foundation
import Health
import Jobs
import Logging
import NIOPosix
import Platform
import Postgres

@testable import HealthService

/// Writes the file in the ways people do, and looks at it as often as a test wants.
final class ReloadFixture: Sendable {
    let folder: String
    let engine: HealthEngine
    let source: ConfigurationSource
    let reload: ConfigurationReload
    private let metrics = MetricsRegistry()
    private let loop = EventLoop(name: "reload")
    private let resources = ProbeResources(group: MultiThreadedEventLoopGroup.singleton)

    var file: String { folder + "/health.yaml" }

    /// - Parameter between: What happens between the first read and the service's start.
    init(_ text: String, between: (String) throws -> Void = { _ in }) throws {
        folder = FileManager.default.temporaryDirectory.path + "/martlet-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let file = folder + "/health.yaml"
        try Data(text.utf8).write(to: URL(filePath: file))
        let logger = Logger(label: "reload") { _ in SwiftLogNoOpLogHandler() }
        // Nobody listens there: a configuration is taken on without the ledger.
        let database = try PostgresConfiguration(url: "postgres://nobody@127.0.0.1:1/none")
        let pool = PostgresPool(PostgresPoolConfiguration(database), loops: [loop], logger: logger)
        let store = HealthStore(pool: pool)
        source = ConfigurationSource(
            path: file,
            apiURL: "http://127.0.0.1:1",
            reader: ConfigurationReader(
                store: store,
                resources: resources,
                environment: ["WORD_FILE": folder + "/word"]
            )
        )
        let first = try source.readFirst()
        engine = HealthEngine(
            first.configuration,
            place: .init(location: "here", address: "http://127.0.0.1:1"),
            store: store,
            ledger: Ledger(pool: pool),
            resources: resources,
            metrics: metrics,
            logger: logger
        )
        try between(file)
        reload = ConfigurationReload(source: source, mark: first.mark, engine: engine, logger: logger)
    }

    /// Removes it all.
    func end() async {
        await resources.shutdown()
        loop.shutdown()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Writes into the file that is there.
    func write(_ text: String, to name: String = "health.yaml") throws {
        try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)"))
    }

    /// Writes beside it, and puts that in its place.
    func replace(_ text: String) throws {
        try write(text, to: "fresh")
        try rename("fresh")
    }

    /// Puts another file of the folder in its place.
    func rename(_ name: String) throws {
        guard Foundation.rename("\(folder)/\(name)", file) == 0 else { throw POSIXError(.EIO) }
    }

    /// As many looks as seconds.
    func pass(_ seconds: Int) async { for _ in 0..<seconds { await reload.look() } }

    /// The identifiers of the checks in use.
    var checks: [String] { engine.configuration.checks.map(\.id) }

    /// What operators see of it.
    var isRefused: Bool {
        let series = "martlet_health_configuration_refused "
        let page = String(decoding: metrics.render(.text), as: UTF8.self).split(separator: "\n")
        return page.contains { $0.hasPrefix(series) && Double($0.dropFirst(series.count)) == 1 }
    }
}
