// SPDX-License-Identifier: Apache-2.0
// Martlet: the kind `sleep`, which takes up a slot for a given time, for drills and benchmarks.
internal import Jobs

/// Waits `{"seconds": 0.5}` or `{"seconds": "PT0.5S"}`, up to an hour; cancellation ends the wait at once.
struct SleepHandler: JobHandler {
    static let longest: Duration = .seconds(3600)

    var kind: String { "sleep" }

    func run(_ job: JobContext) async throws -> [UInt8]? {
        let fields = try ArgumentFields.read(job, allowed: ["seconds"])
        guard let seconds = try fields.duration("seconds", in: .zero...Self.longest) else {
            throw JobFailure("seconds: is required", isRetryable: false)
        }
        try await Task.sleep(for: seconds)
        return nil
    }
}
