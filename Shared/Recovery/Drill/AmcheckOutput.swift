// SPDX-License-Identifier: Apache-2.0
// Martlet: what pg_amcheck says of damaged tables and indexes.
internal import Synchronization

/// Reads pg_amcheck's report: a line that names a relation, and indented lines that say what is wrong with it.
final class AmcheckOutput: Sendable {
    private static let limit = 1 << 20
    private let bytes = Mutex<[UInt8]>([])

    func append(_ more: [UInt8]) {
        bytes.withLock { bytes in bytes += more.prefix(Self.limit - min(bytes.count, Self.limit)) }
    }

    /// One finding for each relation, in the order of the report.
    var findings: [DrillFinding] {
        let text = bytes.withLock { String(decoding: $0, as: UTF8.self) }
        var findings: [DrillFinding] = []
        for line in text.split(separator: "\n") {
            if line.hasPrefix(" ") || line.hasPrefix("\t") {
                let words = String(line.drop(while: \.isWhitespace))
                guard let last = findings.indices.last, findings[last].examples.count < 5 else { continue }
                findings[last].examples.append(words)
            } else if let name = Self.relation(line) {
                if let known = findings.firstIndex(where: { $0.name == name }) {
                    var finding = findings.remove(at: known)
                    finding.count = (finding.count ?? 0) + 1
                    findings.append(finding)
                } else {
                    findings.append(DrillFinding(.amcheck, name, "\(Self.kind(line)) \(name) is damaged", count: 1))
                }
            }
        }
        return findings
    }

    /// The quoted name in `btree index "martlet.public.job_pkey":`.
    private static func relation(_ line: Substring) -> String? {
        let parts = line.split(separator: "\"", maxSplits: 2, omittingEmptySubsequences: false)
        return parts.count == 3 ? String(parts[1]) : nil
    }

    private static func kind(_ line: Substring) -> String {
        String(line.prefix { $0 != "\"" }).trimmingSpaces
    }
}

extension String {
    fileprivate var trimmingSpaces: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
