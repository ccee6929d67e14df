// SPDX-License-Identifier: Apache-2.0
// Martlet: results of checks as JSON.
internal import Platform

extension CheckResult: Codable {
    private enum CodingKeys: String, CodingKey {
        case format, system, backup, kind, began, ended, outcome, findings, bytes, host, program
        case recoveryPoint = "rpo_seconds"
        case recoveryTime = "rto_seconds"
        case pointObjective = "rpo_objective_seconds"
        case timeObjective = "rto_objective_seconds"
    }

    /// Reads a result; unknown members are ignored.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        guard try container.decode(Int.self, forKey: .format) == Self.version else {
            throw DecodingError.dataCorruptedError(
                forKey: .format,
                in: container,
                debugDescription: "this program knows version \(Self.version)"
            )
        }
        self.init(
            try container.decode(CheckKind.self, forKey: .kind),
            of: try container.parse(.backup) { BackupID($0) },
            system: try container.parse(.system) { SystemID($0) },
            began: try container.parse(.began) { try? Timestamp(parsing: $0) },
            ended: try container.parse(.ended) { try? Timestamp(parsing: $0) },
            outcome: try container.decode(CheckOutcome.self, forKey: .outcome),
            findings: try container.decode([String].self, forKey: .findings)
        )
        func duration(_ key: CodingKeys) throws -> Duration? {
            try container.decodeIfPresent(Double.self, forKey: key).map { .milliseconds(Int64(($0 * 1000).rounded())) }
        }
        bytes = try container.decodeIfPresent(Int64.self, forKey: .bytes)
        recoveryPoint = try duration(.recoveryPoint)
        recoveryTime = try duration(.recoveryTime)
        pointObjective = try duration(.pointObjective)
        timeObjective = try duration(.timeObjective)
        host = try container.decodeIfPresent(String.self, forKey: .host)
        program = try container.decode(String.self, forKey: .program)
    }

    /// Writes the members that there are; durations in seconds, to the millisecond.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(Self.version, forKey: .format)
        try container.encode("\(system)", forKey: .system)
        try container.encode("\(backup)", forKey: .backup)
        try container.encode(kind, forKey: .kind)
        try container.encode("\(began)", forKey: .began)
        try container.encode("\(ended)", forKey: .ended)
        try container.encode(outcome, forKey: .outcome)
        try container.encode(findings, forKey: .findings)
        try container.encodeIfPresent(bytes, forKey: .bytes)
        try container.encodeIfPresent(recoveryPoint?.roundedSeconds, forKey: .recoveryPoint)
        try container.encodeIfPresent(recoveryTime?.roundedSeconds, forKey: .recoveryTime)
        try container.encodeIfPresent(pointObjective?.roundedSeconds, forKey: .pointObjective)
        try container.encodeIfPresent(timeObjective?.roundedSeconds, forKey: .timeObjective)
        try container.encodeIfPresent(host, forKey: .host)
        try container.encode(program, forKey: .program)
    }
}

extension Duration {
    /// Seconds to the millisecond.
    var roundedSeconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds / 1_000_000_000_000_000) / 1000
    }
}
