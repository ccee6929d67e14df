// SPDX-License-Identifier: Apache-2.0
// Martlet: the health of the process at one instant, and its JSON form.

/// The results of all checks.
public struct HealthReport: Sendable {
    /// One check's result.
    public struct Check: Sendable {
        /// The check's name.
        public var name: String
        /// How well the thing is, after criticality.
        public var status: HealthStatus
        /// How long the run took.
        public var latency: Duration
        /// Figures for people, in order.
        public var details: [(name: String, value: HealthDetail)]

        /// The latency in milliseconds.
        public var latencyMilliseconds: Double {
            let (seconds, attoseconds) = latency.components
            return Double(seconds) * 1000 + Double(attoseconds / 1_000_000_000_000) / 1000
        }
    }

    /// The worst status of all checks.
    public var status: HealthStatus
    /// The checks in the order of registration.
    public var checks: [Check]

    /// `{"status":…,"checks":{name:{"status":…,"latency_ms":…,"details":{…}}}}`.
    public func json() -> [UInt8] {
        var line = LogLine(limit: LogOutput.maximumLineLength)
        line.raw("{\"status\":")
        line.json(status.rawValue)
        line.raw(",\"checks\":{")
        for (index, check) in checks.enumerated() {
            if index > 0 { line.raw(",") }
            line.json(check.name)
            line.raw(":{\"status\":")
            line.json(check.status.rawValue)
            line.raw(",\"latency_ms\":")
            line.plain("\(check.latencyMilliseconds)")
            if !check.details.isEmpty {
                line.raw(",\"details\":{")
                for (index, detail) in check.details.enumerated() {
                    if index > 0 { line.raw(",") }
                    line.json(detail.name)
                    line.raw(":")
                    line.detail(detail.value)
                }
                line.raw("}")
            }
            line.raw("}")
        }
        line.raw("}}")
        return line.bytes
    }
}

extension LogLine {
    fileprivate mutating func detail(_ value: HealthDetail) {
        switch value {
        case .int(let number): plain("\(number)")
        case .double(let number): plain(number.isFinite ? "\(number)" : "null")
        case .string(let text): json(text)
        case .bool(let truth): plain("\(truth)")
        }
    }
}
