// SPDX-License-Identifier: Apache-2.0
// Martlet: the jobs that are enqueued: 200 bytes of arguments each.

/// Arguments and request bodies.
enum JobPayload {
    /// The size of a job's arguments as JSON.
    static let bytes = 200

    /// Arguments with a number, filled up; the peers' jobs have the same.
    static func numbered(_ number: Int) -> String {
        filled("{\"number\":\(number),\"fill\":\"", "\"}", with: "x")
    }

    /// Arguments of a `sleep` job; blanks fill them up, since the kind takes no other field.
    static func sleeping(seconds: Int) -> String {
        filled("{\"seconds\":\(seconds)", "}", with: " ")
    }

    /// Arguments that carry when they should have been sent, in nanoseconds as 20 digits.
    static func stamped(_ nanoseconds: UInt64) -> String {
        let digits = String(nanoseconds)
        let padded = String(repeating: "0", count: max(0, 20 - digits.utf8.count)) + digits
        return filled("{\"at\":\"\(padded)\",\"fill\":\"", "\"}", with: "x")
    }

    /// One job as `POST /v1/jobs` takes it.
    static func job(kind: String, args: String) -> String { "{\"kind\":\"\(kind)\",\"args\":\(args)}" }

    /// A batch as `POST /v1/jobs/batch` takes it.
    static func batch(kind: String, count: Int, args: (Int) -> String) -> String {
        "[" + (0..<count).map { job(kind: kind, args: args($0)) }.joined(separator: ",") + "]"
    }

    private static func filled(_ head: String, _ tail: String, with fill: String) -> String {
        head + String(repeating: fill, count: max(0, bytes - head.utf8.count - tail.utf8.count)) + tail
    }
}
