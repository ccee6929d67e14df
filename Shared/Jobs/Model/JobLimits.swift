// SPDX-License-Identifier: Apache-2.0
// What a job may hold, in one place.

/// The bounds that every job keeps to, whichever way it comes in.
public enum JobLimits {
    /// Longest kind, in bytes.
    public static let kindBytes = 128
    /// Longest queue name, in bytes.
    public static let queueBytes = 64
    /// Largest arguments, in bytes of JSON.
    public static let argsBytes = 1 << 20
    /// Largest metadata, in bytes of JSON.
    public static let metadataBytes = 16 << 10
    /// Largest result, in bytes; a longer one is refused as a failure of the attempt.
    public static let resultBytes = 64 << 10
    /// Longest error text that is kept, in bytes; the rest is cut.
    public static let errorBytes = 8 << 10
    /// Most tags on a job.
    public static let tags = 16
    /// Longest tag, in bytes.
    public static let tagBytes = 64
    /// Longest unique key or idempotency key, in bytes.
    public static let keyBytes = 255
    /// Most jobs in one batch.
    public static let batchJobs = 10_000
    /// Priorities, first to last.
    public static let priorities = 0...9
    /// Attempts that may be asked for.
    public static let attempts = 1...1_000
    /// Attempts when none are asked for.
    public static let defaultAttempts = 20
    /// Furthest that a job may be scheduled ahead.
    public static let scheduleAhead: Duration = .seconds(366 * 86_400)
    /// Longest timeout of an attempt.
    public static let timeout: Duration = .seconds(7 * 86_400)
    /// Workers that may be lost over a job before it is discarded as a poison pill.
    public static let losses = 5

    /// Whether a name (kind, queue, tag) is made of letters, digits and `. _ - : /` alone, within `limit` bytes.
    public static func isName(_ text: String, limit: Int) -> Bool {
        let bytes = text.utf8
        guard !bytes.isEmpty, bytes.count <= limit else { return false }
        return bytes.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            case 0x2E, 0x5F, 0x2D, 0x3A, 0x2F: true
            default: false
            }
        }
    }

    /// Whether a queue is one that Martlet's own programs use: served by workers that name it, and by no others.
    public static func isReserved(queue name: String) -> Bool { name.hasPrefix("martlet.") }
}
