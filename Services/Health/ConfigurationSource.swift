// SPDX-License-Identifier: Apache-2.0
// Martlet: where the configuration comes from.

internal import Health
internal import Platform

/// The configuration file, or, without one, checks of the parts of Martlet itself.
struct ConfigurationSource: Sendable {
    /// The file's path; nil without one.
    let path: String?
    private let reader: ConfigurationReader
    private let apiURL: String

    init(path: String?, apiURL: String, reader: ConfigurationReader) {
        self.path = path
        self.apiURL = apiURL
        self.reader = reader
    }

    /// Reads it anew; throws with every mistake.
    func read() throws(HealthError) -> HealthConfiguration {
        guard let path else { return try reader.read(Self.builtIn(apiURL), name: name) }
        return try reader.read(path: path)
    }

    /// Reads it at the start, where a mistake ends the process as a wrong setting does; with it comes the mark that it had before.
    func readFirst() throws(PlatformError) -> (configuration: HealthConfiguration, mark: ConfigurationMark) {
        let mark = mark
        do throws(HealthError) { return (try read(), mark) } catch {
            throw .configuration(
                error.problems.map { problem in
                    let place = problem.line.map { "\(problem.file):\($0)" } ?? problem.file
                    let path = problem.path.isEmpty ? "" : " \(problem.path)"
                    return SettingProblem(key: place + path, problem: problem.problem, allowed: problem.allowed)
                }
            )
        }
    }

    /// What changes when the file does.
    var mark: ConfigurationMark { ConfigurationMark(path: path) }

    /// The file's name in messages.
    var name: String { path ?? "(built in)" }

    private static func builtIn(_ apiURL: String) -> String {
        """
        page: {title: Martlet, description: "Durable background jobs"}
        groups:
          - {id: stores, name: Stores}
          - {id: services, name: Services}
        checks:
          - id: postgres
            name: PostgreSQL
            group: stores
            postgres: {url: "${DATABASE_URL:-postgres://127.0.0.1:5432/martlet}"}
          - id: redis
            name: Redis
            group: stores
            redis: {url: "${REDIS_URL:-redis://127.0.0.1:6379}"}
          - id: api
            name: API
            group: services
            martlet: {url: "\(apiURL)"}
            depends_on: [postgres, redis]
          - id: workers
            name: Workers
            group: services
            workers: {min_instances: 1}
            depends_on: [postgres]
        """
    }
}
