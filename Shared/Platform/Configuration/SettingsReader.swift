// SPDX-License-Identifier: Apache-2.0
// Martlet: reads all settings of a process, collecting every problem before it fails once.
internal import Configuration
internal import FoundationEssentials
internal import Synchronization

/// Typed settings from command line > environment > YAML file > defaults.
///
/// ```swift
/// let reader = SettingsReader()
/// let port = reader.int("APP_PORT", default: 8080, in: 0...65535)
/// let delay = reader.duration("MARTLET_DRAIN_DELAY", default: .seconds(2))
/// try reader.finish()  // throws one error that lists every problem
/// ```
///
/// Names: a setting is named by its environment variable. `MARTLET_DRAIN_DELAY` is `--martlet-drain-delay` on the
/// command line, and in
/// the YAML file any path that reads `martlet_drain_delay` when joined with `_` in lower case (flat, dotted or nested).
/// An empty
/// environment variable counts as unset. A wrong value reads as its default until ``finish()`` fails.
public final class SettingsReader: Sendable {
    /// The arguments that are not options and precede the first option; a command such as `restore` is found here.
    public let operands: [String]
    /// Whether `--help` was given; ``finish()`` then throws `helpRequested`.
    public let isHelpRequested: Bool
    /// Whether `--version` was given; ``finish()`` then throws `helpRequested`.
    public let isVersionRequested: Bool

    let config: ConfigReader
    let recorder = SourceRecorder()
    let environment: [String: String]
    let options: [String]
    let filePaths: [String: String]
    let state = Mutex(State())

    /// What was read and what was wrong so far.
    struct State {
        var entries: [SettingEntry] = []
        var problems: [SettingProblem] = []
        var ignoredPrefixes: [String] = ["MARTLET_TEST_"]
    }

    /// The process's own arguments and environment.
    public convenience init() {
        self.init(arguments: CommandLine.arguments, environment: ProcessInfo.processInfo.environment)
    }

    /// Opens the sources; `arguments` starts with the program's name. An unreadable YAML file is a problem, reported by
    /// ``finish()``.
    public init(arguments: [String], environment: [String: String]) {
        let environment = environment.filter { !$0.value.isEmpty }
        self.environment = environment
        let rest = arguments.dropFirst()
        operands = Array(rest.prefix { !$0.hasPrefix("--") })
        options = rest.filter { $0.hasPrefix("--") }.map { String($0.prefix { $0 != "=" }) }
        isHelpRequested = options.contains("--help")
        isVersionRequested = options.contains("--version")

        let arguments = ArgumentSettings(arguments)
        var providers: [any ConfigProvider] = [
            arguments,
            EnvironmentVariablesProvider(environmentVariables: environment, secretsSpecifier: .all),
        ]
        let named = try? arguments.value(forKey: AbsoluteConfigKey(["config"]), type: .string).value?.content
        var path = environment["MARTLET_CONFIG"]
        if case .string(let given)? = named { path = given }
        var paths: [String: String] = [:]
        if let path {
            let allowed = "the path of a YAML file of at most 1MiB"
            do {
                let file = try FileSettings(bytes: try FileText.bytes(path: path, limit: 1 << 20))
                providers.append(file)
                paths = file.paths
                for duplicate in file.duplicates {
                    let problem = "\(duplicate) in \(path) names a setting that the file has already set"
                    state.withLock {
                        $0.problems.append(
                            SettingProblem(
                                key: SettingKey.normalise(path: duplicate),
                                problem: problem,
                                allowed: "one of them"
                            )
                        )
                    }
                }
            } catch {
                let problem = SettingProblem(
                    key: "MARTLET_CONFIG",
                    problem: "\(path) cannot be used: \(error)",
                    allowed: allowed
                )
                state.withLock { $0.problems.append(problem) }
            }
        }
        filePaths = paths
        config = ConfigReader(providers: providers, accessReporter: recorder)
    }

    /// Says that settings with this prefix belong to another service that shares the environment; they are not
    /// "unknown".
    public func ignore(prefix: String) {
        state.withLock { $0.ignoredPrefixes.append(prefix) }
    }

    /// Adds a problem that only the caller can see, such as two settings that contradict each other.
    public func report(_ key: String, problem: String, allowed: String) {
        state.withLock { $0.problems.append(SettingProblem(key: key, problem: problem, allowed: allowed)) }
    }

    /// Ends reading; call it once, after the last setting was read.
    ///
    /// Throws `configuration` with every problem, unknown `MARTLET_*` variables, options and file keys included; throws
    /// `helpRequested` first when `--help` or `--version` was given.
    public func finish() throws(PlatformError) { try finish { _ in false } }

    /// The same for programs that must not stop for what they don't use.
    /// - Parameter isTolerable: Whether a problem is no reason to stop; the setting then has its default.
    /// - Returns: the problems that were tolerated.
    @discardableResult
    public func finish(tolerating isTolerable: (SettingProblem) -> Bool) throws(PlatformError) -> [SettingProblem] {
        guard !isHelpRequested, !isVersionRequested else {
            throw PlatformError(.helpRequested, "help or version was requested")
        }
        let problems = state.withLock { $0.problems + unknownSettings($0) }
        let grave = problems.filter { !isTolerable($0) }
        guard grave.isEmpty else { throw .configuration(grave) }
        return problems
    }

    /// Every setting read so far: name, effective value, source and what is allowed; secrets show as `<redacted>`.
    public func describe() -> String {
        let entries = state.withLock { $0.entries }
        return entries.map { entry in
            "\(entry.key) = \(entry.shown)  (\(entry.source.rawValue); allowed: \(entry.allowed))\n"
        }.joined()
    }
}
