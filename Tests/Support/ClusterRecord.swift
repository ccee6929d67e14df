// SPDX-License-Identifier: Apache-2.0
// Martlet: what clients saw: the one side of the oracle's comparison.

/// Everything that clients were told, and were not told.
public struct ClusterRecord: Sendable {
    /// A job that was acknowledged.
    public struct Ack: Sendable {
        /// Its id.
        public var id: Int64
        /// The arguments that were sent.
        public var args: String
        /// When the answer came, since the load began.
        public var at: Duration

        /// Creates an acknowledgement.
        public init(id: Int64, args: String, at: Duration) {
            self.id = id
            self.args = args
            self.at = at
        }
    }

    /// An answer with status 503.
    public struct Refusal: Sendable {
        /// The problem's type.
        public var problem: String
        /// How long the answer took.
        public var took: Duration
        /// Whether it bore `Retry-After`.
        public var hasRetryAfter: Bool
        /// When it came, since the load began.
        public var at: Duration
    }

    /// Acknowledged jobs.
    public var acks: [Ack] = []
    /// Arguments of jobs that may have been recorded: the connection broke, or the answer said so.
    public var ambiguous: [String] = []
    /// Arguments of jobs whose answer said that nothing was recorded.
    public var refused: [String] = []
    /// All answers with 503, of requests that were repeated too.
    public var refusals: [Refusal] = []
    /// Requests whose connection broke or fell silent after a byte was sent.
    public var interruptions: [String] = []
    /// Answers that nothing explains.
    public var failures: [String] = []
    /// Connections that were refused before a byte was sent; each was tried again.
    public var refusedConnections = 0
    /// The acknowledgement that took longest, without waits for refused connections, and what it was for.
    public var slowestAck: (took: Duration, what: String) = (.zero, "")

    /// Creates an empty record.
    public init() {}

    /// How many jobs were acknowledged in a span of time, counted from the load's beginning.
    public func acks(in span: Range<Duration>) -> Int { acks.count { span.contains($0.at) } }

    /// Adds another load's record.
    public mutating func merge(_ other: ClusterRecord) {
        acks += other.acks
        ambiguous += other.ambiguous
        refused += other.refused
        refusals += other.refusals
        interruptions += other.interruptions
        failures += other.failures
        refusedConnections += other.refusedConnections
        if other.slowestAck.took > slowestAck.took { slowestAck = other.slowestAck }
    }

    /// Adds jobs that a test has submitted by itself.
    public mutating func add(_ request: ClusterRequest, _ reply: ClusterReply) {
        for (id, args) in zip(reply.jobIDs, request.args) {
            acks.append(Ack(id: id, args: args, at: .zero))
        }
        if reply.status != 201 { failures.append("\(reply.status) \(reply.body)") }
    }
}
