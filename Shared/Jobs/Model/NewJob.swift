// SPDX-License-Identifier: Apache-2.0
// A job as a client hands it over, already validated.

/// A job as a client hands it over.
public struct NewJob: Sendable {
    /// When the job may start.
    public enum Start: Hashable, Sendable {
        /// At once.
        case now
        /// At a time, in microseconds since 1970 (UTC).
        case at(microseconds: Int64)
        /// After a pause, by the ledger's clock.
        case after(Duration)
    }

    /// A key that at most one unfinished job may hold.
    public struct UniqueKey: Hashable, Sendable {
        /// The key, at most 255 bytes.
        public var key: String
        /// How long the key is held; nil means until the job ends.
        public var duration: Duration?

        /// Creates a unique key.
        public init(key: String, duration: Duration? = nil) {
            self.key = key
            self.duration = duration
        }
    }

    /// Which handler runs it.
    public var kind: String
    /// The handler's arguments: one JSON value in UTF-8, kept byte for byte.
    public var args: [UInt8]
    /// The queue's name.
    public var queue: String
    /// 0 (first) to 9.
    public var priority: Int
    /// When it may start.
    public var start: Start
    /// How it is tried.
    public var options: JobOptions
    /// Free labels to search by.
    public var tags: [String]
    /// A JSON object of the client's own, kept byte for byte.
    public var metadata: [UInt8]?
    /// The key that it must hold, if any.
    public var uniqueKey: UniqueKey?

    /// Creates a job; the caller has checked the bounds in `JobLimits`.
    public init(
        kind: String,
        args: [UInt8],
        queue: String = "default",
        priority: Int = 0,
        start: Start = .now,
        options: JobOptions = .standard,
        tags: [String] = [],
        metadata: [UInt8]? = nil,
        uniqueKey: UniqueKey? = nil
    ) {
        self.kind = kind
        self.args = args
        self.queue = queue
        self.priority = priority
        self.start = start
        self.options = options
        self.tags = tags
        self.metadata = metadata
        self.uniqueKey = uniqueKey
    }
}
