// SPDX-License-Identifier: Apache-2.0
// Martlet: the findings of one check from one location within one minute, packed.

public import Platform

/// The findings of one minute.
public struct MinuteSample: Sendable, Equatable {
    /// One finding.
    public struct Finding: Sendable, Equatable {
        /// When.
        public var at: Timestamp
        /// What.
        public var status: ProbeResult.Status
        /// How long the probe took, at most about 71 minutes.
        public var latency: Duration
        /// Whether the check was in maintenance.
        public var isInMaintenance: Bool
    }

    /// A check, a location and a minute.
    public struct Key: Sendable, Hashable {
        var check: String
        var location: String
        /// Microseconds since 1970 of the minute's beginning.
        var minute: Int64

        init(check: String, location: String, at time: Timestamp) {
            self.check = check
            self.location = location
            minute = time.microseconds - time.microseconds % MinuteSample.length
        }
    }

    static let length: Int64 = 60_000_000
    /// The most findings of a minute; a check is probed once in 100 ms at most.
    static let largest = 700

    var counts: [ProbeResult.Status: Int16] = [:]
    /// The same without findings in maintenance.
    var kept: [ProbeResult.Status: Int16] = [:]
    /// The sum of what answered.
    var latency: Int64 = 0
    var longest: Int64 = 0
    var packed: [UInt8] = []

    /// Takes a finding in.
    mutating func add(_ finding: Finding) {
        guard packed.count < Self.largest * 8 else { return }
        counts[finding.status, default: 0] += 1
        if !finding.isInMaintenance { kept[finding.status, default: 0] += 1 }
        let latency = max(0, finding.latency.inMicroseconds)
        if finding.status == .up || finding.status == .degraded {
            self.latency += latency
            longest = max(longest, latency)
        }
        let offset = UInt16(clamping: (finding.at.microseconds % Self.length) / 1_000)
        packed += [UInt8(offset >> 8), UInt8(truncatingIfNeeded: offset)]
        packed += [Self.code(finding.status) | (finding.isInMaintenance ? 128 : 0), 0]
        let short = UInt32(clamping: latency)
        for shift in [24, 16, 8, 0] as [UInt32] { packed.append(UInt8(truncatingIfNeeded: short >> shift)) }
    }

    /// The findings that a packed minute holds; what is not whole is left out.
    static func unpack(_ bytes: [UInt8], minute: Timestamp) -> [Finding] {
        stride(from: 0, to: bytes.count - bytes.count % 8, by: 8).map { start in
            let offset = Int64(bytes[start]) << 8 | Int64(bytes[start + 1])
            var latency: UInt32 = 0
            for place in 4..<8 { latency = latency << 8 | UInt32(bytes[start + place]) }
            let code = bytes[start + 2]
            return Finding(
                at: Timestamp(microseconds: minute.microseconds + offset * 1_000),
                status: statuses[Int(code & 3)],
                latency: .microseconds(Int64(latency)),
                isInMaintenance: code & 128 != 0
            )
        }
    }

    private static let statuses: [ProbeResult.Status] = [.up, .degraded, .down, .unknown]

    private static func code(_ status: ProbeResult.Status) -> UInt8 {
        switch status {
        case .up: 0
        case .degraded: 1
        case .down: 2
        case .unknown: 3
        }
    }
}
