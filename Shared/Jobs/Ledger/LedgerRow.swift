// SPDX-License-Identifier: Apache-2.0
// A new job with what the ledger needs besides: its queue's number, and whether the bus will be told of it at once.

internal import Postgres

/// A new job on its way into the ledger.
public struct LedgerRow: Sendable {
    /// The job.
    public var job: NewJob
    /// Its queue's number.
    public var queue: Int32
    /// Whether it goes onto the bus right after the commit, and so is recorded as dispatched.
    public var isDispatched: Bool

    /// Creates a row.
    public init(job: NewJob, queue: Int32, isDispatched: Bool) {
        self.job = job
        self.queue = queue
        self.isDispatched = isDispatched
    }

    /// Its lane.
    public var lane: Lane { Lane(queue: queue, priority: Int16(job.priority)) }

    /// Whether the plain statement lacks a column for it.
    var needsFullStatement: Bool {
        if job.uniqueKey != nil || job.metadata != nil || !job.tags.isEmpty { return true }
        if case .at = job.start { return true }
        return false
    }

    /// Microseconds from the row's due time to its first check.
    private func delayMicroseconds(relay: Duration) -> Int64 {
        if isDispatched { return relay.wholeMicroseconds }
        guard case .after(let pause) = job.start else { return 0 }
        return max(0, pause.wholeMicroseconds)
    }

    static func plainBindings(_ rows: [LedgerRow], generation: Int32, relay: Duration) -> PostgresBindings {
        var bindings = PostgresBindings()
        appendCommon(rows, relay: relay, to: &bindings)
        bindings.append(generation)
        return bindings
    }

    static func fullBindings(_ rows: [LedgerRow], key: String?, generation: Int32, relay: Duration)
        -> PostgresBindings
    {
        var bindings = PostgresBindings()
        appendCommon(rows, relay: relay, to: &bindings)
        var due = PostgresArray(.timestamptz, capacity: rows.count)
        var tags = PostgresArray(.text, capacity: rows.count)
        var metadata = PostgresArray(.text, capacity: rows.count)
        var keys = PostgresArray(.text, capacity: rows.count)
        var spans = PostgresArray(.int8, capacity: rows.count)
        for row in rows {
            if case .at(let time) = row.job.start {
                due.appendTimestamp(microsecondsSince1970: time)
            } else {
                due.appendNull()
            }
            if row.job.tags.isEmpty { tags.appendNull() } else { tags.append(arrayLiteral(row.job.tags)) }
            if let object = row.job.metadata { metadata.append(utf8: object) } else { metadata.appendNull() }
            if let key = row.job.uniqueKey { keys.append(key.key) } else { keys.appendNull() }
            if let span = row.job.uniqueKey?.duration {
                spans.append(span.wholeMicroseconds)
            } else {
                spans.appendNull()
            }
        }
        for array in [due, tags, metadata, keys, spans] { bindings.append(array) }
        bindings.append(key)
        bindings.append(generation)
        return bindings
    }

    private static func appendCommon(_ rows: [LedgerRow], relay: Duration, to bindings: inout PostgresBindings) {
        var queues = PostgresArray(.int4, capacity: rows.count)
        var priorities = PostgresArray(.int2, capacity: rows.count)
        var kinds = PostgresArray(.text, capacity: rows.count)
        var args = PostgresArray(.text, capacity: rows.count)
        var options = PostgresArray(.text, capacity: rows.count)
        var dispatched = PostgresArray(.bool, capacity: rows.count)
        var delays = PostgresArray(.int8, capacity: rows.count)
        for row in rows {
            queues.append(row.queue)
            priorities.append(Int16(row.job.priority))
            kinds.append(row.job.kind)
            args.append(utf8: row.job.args)
            if let text = row.storedOptions.encoded { options.append(text) } else { options.appendNull() }
            dispatched.append(row.isDispatched)
            delays.append(row.delayMicroseconds(relay: relay))
        }
        for array in [queues, priorities, kinds, args, options, dispatched, delays] { bindings.append(array) }
    }

    /// The options with the mark of a key that ends with the job.
    var storedOptions: JobOptions {
        var options = job.options
        options.releasesKey = job.uniqueKey.map { $0.duration == nil } ?? false
        return options
    }

    /// PostgreSQL's text form of a text array; the elements are names, so nothing but the quotes is needed.
    private static func arrayLiteral(_ names: [String]) -> String {
        "{" + names.map { "\"\($0)\"" }.joined(separator: ",") + "}"
    }
}
