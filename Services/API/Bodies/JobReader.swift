// SPDX-License-Identifier: Apache-2.0
// Martlet: reads jobs from a request's bytes in one pass, straight into what the ledger takes.

internal import Jobs
internal import Platform
internal import Web

/// Reads job objects one after the other and collects everything that is wrong with their fields.
///
/// Grammar faults are thrown at once; wrong fields are collected in `errors`, and their job is not returned.
struct JobReader {
    /// Errors beyond this number are not collected.
    static let mostErrors = 100

    var scanner: JSONScanner
    private(set) var errors: [FieldError] = []
    /// Where the present job stands: empty, or `/` and its number in the batch.
    private var index: Int?
    private let now: Timestamp
    private var hasTooMany = false

    init(_ scanner: JSONScanner, now: Timestamp = .now()) {
        self.scanner = scanner
        self.now = now
    }

    /// Reads the next value as a job.
    ///
    /// - Parameter index: Its number in a batch, from 0; nil for a job alone.
    /// - Returns: The job, or nil when something about it is wrong.
    mutating func readJob(at index: Int? = nil) throws(JSONFault) -> NewJob? {
        self.index = index
        do throws(JSONFault) {
            return try readObject()
        } catch {
            throw located(error, nil)
        }
    }

    private mutating func readObject() throws(JSONFault) -> NewJob? {
        let errorsBefore = errors.count
        guard try scanner.nextKind() == .object else {
            try scanner.skipValue()
            report(nil, "must be an object", allowed: "an object with the field kind")
            return nil
        }
        var job = NewJob(kind: "", args: [])
        var parts = JobParts()
        var seen: UInt16 = 0
        var isFirst = true
        try scanner.beginObject()
        while let key = try scanner.nextKey(&isFirst) {
            guard let field = JobField(key, in: scanner) else {
                reportUnknown(scanner.string(key))
                try scanner.skipValue()
                continue
            }
            if seen & field.bit != 0 { report(field, "is given twice", allowed: "once") }
            seen |= field.bit
            do throws(JSONFault) {
                try read(field, into: &job, &parts)
            } catch {
                throw located(error, field.name)
            }
        }
        finish(&job, parts, seen)
        return errors.count == errorsBefore ? job : nil
    }

    /// What concerns more than one field.
    private mutating func finish(_ job: inout NewJob, _ parts: JobParts, _ seen: UInt16) {
        if seen & JobField.kind.bit == 0 { report(.kind, "is required", allowed: Allowed.kind) }
        if seen & JobField.args.bit == 0 { job.args = [UInt8(ascii: "{"), UInt8(ascii: "}")] }
        if parts.scheduledAt != nil, parts.delay != nil {
            report(.delay, "can't be given together with scheduled_at", allowed: "one of scheduled_at and delay")
        } else if let time = parts.scheduledAt {
            job.start = time > now ? .at(microseconds: time.microseconds) : .now
        } else if let delay = parts.delay, delay > .zero {
            job.start = .after(delay)
        }
        if let key = parts.uniqueKey {
            job.uniqueKey = NewJob.UniqueKey(key: key, duration: parts.uniqueFor)
        } else if seen & JobField.uniqueFor.bit != 0, seen & JobField.uniqueKey.bit == 0 {
            report(.uniqueFor, "needs unique_key", allowed: "unique_key beside it")
        }
    }

    private mutating func read(_ field: JobField, into job: inout NewJob, _ parts: inout JobParts) throws(JSONFault) {
        if field == .args {
            job.args = try raw(field, limit: JobLimits.argsBytes) ?? []
            return
        }
        // An absent field may also be written as null; kind may not be absent.
        if field != .kind, try scanner.nextKind() == .null {
            try scanner.skipValue()
            return
        }
        switch field {
        case .kind: job.kind = try name(field, limit: JobLimits.kindBytes, allowed: Allowed.kind) ?? ""
        case .queue: job.queue = try name(field, limit: JobLimits.queueBytes, allowed: Allowed.queue) ?? ""
        case .priority: job.priority = try integer(field, in: JobLimits.priorities) ?? 0
        case .maxAttempts: job.options.maxAttempts = try integer(field, in: JobLimits.attempts) ?? 1
        case .timeout: job.options.timeout = try duration(field, in: .milliseconds(1)...JobLimits.timeout)
        case .delay: parts.delay = try duration(field, in: .zero...JobLimits.scheduleAhead)
        case .scheduledAt: parts.scheduledAt = try time(field)
        case .backoff: if let policy = try backoff() { job.options.retry = policy }
        case .uniqueKey: parts.uniqueKey = try text(field, limit: JobLimits.keyBytes)
        case .uniqueFor: parts.uniqueFor = try duration(field, in: .milliseconds(1)...JobLimits.scheduleAhead)
        case .tags: job.tags = try tags()
        case .metadata:
            guard try scanner.nextKind() == .object else {
                return try refuse(field, "must be an object", allowed: "an object")
            }
            job.metadata = try raw(field, limit: JobLimits.metadataBytes)
        case .args: break
        }
    }

    /// Latest time for `scheduled_at`.
    var latestStart: Timestamp { now + JobLimits.scheduleAhead }

    // MARK: Errors

    /// Whether reading on is of no use: the request is refused, and no more errors are shown.
    var isFull: Bool { errors.count >= Self.mostErrors || hasTooMany }

    /// Tells that a batch holds more jobs than it may.
    mutating func tooMany() {
        hasTooMany = true
        reportWhole("holds too many jobs", allowed: "1...\(JobLimits.batchJobs) jobs")
    }

    /// An error of the whole body.
    mutating func reportWhole(_ detail: String, allowed: String) { report(pointer: "", detail, allowed: allowed) }

    /// The pointer of a field of the present job.
    func pointer(_ field: String?) -> String {
        let base = index.map { "/\($0)" } ?? ""
        return field.map { "\(base)/\($0)" } ?? base
    }

    /// A fault with the place where it happened, unless it has one already.
    func located(_ fault: JSONFault, _ field: String?) -> JSONFault {
        guard fault.pointer.isEmpty else { return fault }
        var fault = fault
        fault.pointer = pointer(field)
        return fault
    }

    mutating func report(_ field: JobField?, _ detail: String, allowed: String) {
        report(pointer: pointer(field?.name), detail, allowed: allowed)
    }

    mutating func report(pointer: String, _ detail: String, allowed: String) {
        guard errors.count < Self.mostErrors else { return }
        errors.append(FieldError(.pointer(pointer), detail, allowed: allowed))
    }

    mutating func reportUnknown(_ name: String, inside parent: String? = nil, allowed: String = JobField.names) {
        // RFC 6901: `~` and `/` of a name are escaped. A long name is cut: it is the client's, and goes back to it.
        var escaped = ""
        for character in name.prefix(64) {
            switch character {
            case "~": escaped += "~0"
            case "/": escaped += "~1"
            default: escaped.append(character)
            }
        }
        report(
            pointer: pointer(parent.map { "\($0)/\(escaped)" } ?? escaped),
            "is not a field of this object",
            allowed: allowed
        )
    }

    /// Passes over a value of the wrong kind.
    mutating func refuse(_ field: JobField, _ detail: String, allowed: String) throws(JSONFault) {
        try scanner.skipValue()
        report(field, detail, allowed: allowed)
    }
}
