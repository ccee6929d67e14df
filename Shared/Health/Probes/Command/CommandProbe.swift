// SPDX-License-Identifier: Apache-2.0
// Martlet: runs a program and judges its exit code and its output.
internal import NIOCore
internal import NIOPosix
internal import Platform

/// Runs a program without a shell, in a process group that is killed at the timeout.
///
/// By the convention of Nagios plugins exit code 0 is up, 1 degraded, 2 down, 3 unknown, all others down; conditions on
/// `exit` replace that. Facts: `exit`, `output` (the first 64 KiB), `json`, `value` (output that is a number, or the first
/// figure behind `|`), `latency`. What the command leaves running in its group is killed when it ends.
public struct CommandProbe: Probe {
    /// What to run and what to expect.
    public struct Target: Sendable {
        /// The program and its arguments; a program without a slash is looked for in the environment's PATH.
        public var arguments: [String]
        /// The environment, in addition to PATH and LC_ALL=C; nothing is inherited.
        public var environment: [(name: String, value: String)] = []
        /// What to expect.
        public var expectations = Expectations()

        /// Makes a target.
        public init(_ arguments: [String]) { self.arguments = arguments }
    }

    private let target: Target
    private let environment: [(name: String, value: String)]
    private let resources: ProbeResources

    /// Checks arguments and environment; throws ``ProbeConfigurationError``.
    public init(_ target: Target, resources: ProbeResources) throws(ProbeConfigurationError) {
        guard let program = target.arguments.first, !program.isEmpty else {
            throw ProbeConfigurationError("command", "must be a list that begins with a program")
        }
        guard !target.arguments.contains(where: { $0.utf8.contains(0) }) else {
            throw ProbeConfigurationError("command", "must not hold NUL bytes")
        }
        var environment = [
            (name: "PATH", value: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
            (name: "LC_ALL", value: "C"),
        ]
        for (name, value) in target.environment {
            guard !name.isEmpty, !name.contains("="), !name.utf8.contains(0), !value.utf8.contains(0) else {
                throw ProbeConfigurationError(
                    "environment",
                    "\(name.shown) is not a name, or its value holds a NUL byte"
                )
            }
            environment.removeAll { $0.name == name }
            environment.append((name, value))
        }
        self.target = target
        self.environment = environment
        self.resources = resources
    }

    /// Runs the program once.
    public func run(timeout: Duration) async -> ProbeResult {
        let start = ContinuousClock.now
        let outcome = await ProbeRun<CommandWatch.Outcome>.perform(
            on: resources.group.next(),
            timeout: timeout,
            phase: .running
        ) { run in
            // Starting a program blocks for a moment, and longer on a slow disk.
            resources.threads.submit { state in
                guard case .active = state, !run.isOver else { return run.finish(.failure(.cancelled)) }
                switch launch() {
                case .failure(let failure): run.finish(.failure(failure))
                case .success(let child): run.loop.execute { CommandWatch(run: run, child: child).begin() }
                }
            }
        }
        let latency = ContinuousClock.now - start
        switch outcome {
        case .failure(let failure): return failure.result(latency: latency)
        case .success(let outcome): return judge(outcome, latency)
        }
    }

    private func launch() -> Result<ChildProcess, ProbeFailure> {
        let program = target.arguments[0]
        let path = environment.first { $0.name == "PATH" }?.value ?? ""
        guard let file = ChildProcess.find(program, path: path) else {
            return .failure(ProbeFailure("there is no program \(program.shown) in \(path)", status: .unknown))
        }
        return ChildProcess.start(file, target.arguments, environment).mapError { refusal in
            let reason = "cannot start \(refusal.path): \(NetworkTrouble.words(refusal.code))"
            return ProbeFailure(reason, status: .unknown)
        }
    }

    private func judge(_ outcome: CommandWatch.Outcome, _ latency: Duration) -> ProbeResult {
        guard case .exit(let code) = outcome.end else {
            let signal = if case .signal(let number) = outcome.end { number } else { 0 }
            return ProbeFailure("the command was killed by signal \(signal)").result(latency: latency)
        }
        let text = String(decoding: outcome.output, as: UTF8.self)
        var facts = ProbeFacts(latency: latency)
        facts.exit = code
        facts.document = outcome.output
        facts.value = CommandFigure.read(text)
        let expectations = target.expectations
        let isAboutExit = (expectations.conditions + expectations.degraded).contains { $0.subject == .exit }
        guard code != 0, !isAboutExit else { return expectations.judge(facts) }
        let status: ProbeResult.Status =
            switch code {
            case 1: .degraded
            case 3: .unknown
            default: .down
            }
        let lines = [text, String(decoding: outcome.errors, as: UTF8.self)].compactMap { text in
            text.split(whereSeparator: \.isNewline).first.map { String($0).trimmed }
        }
        let said = lines.first { !$0.isEmpty }.map { ": \($0)" } ?? ""
        return expectations.judge(facts, atBest: status, because: "exit code \(code)\(said)")
    }
}
