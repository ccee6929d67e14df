// SPDX-License-Identifier: Apache-2.0
// Martlet: the arguments of a built-in kind, read field by field with errors that name the field.
internal import Jobs
internal import Platform

/// The members of a job's argument object; every error is a permanent ``JobFailure``, for a retry would meet the same arguments.
///
/// A field that is `null` counts as absent.
struct ArgumentFields: Decodable, Sendable {
    /// The member that may hold any JSON; it is left alone here, and its bytes are sent as they came.
    static let opaque = "body"

    private let values: [String: ArgumentValue]

    init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: ArgumentValue.FieldName.self)
        var values: [String: ArgumentValue] = [:]
        for name in members.allKeys where !(try members.decodeNil(forKey: name)) {
            let isOpaque = name.stringValue == Self.opaque
            values[name.stringValue] = isOpaque ? .opaque : try members.decode(ArgumentValue.self, forKey: name)
        }
        self.values = values
    }

    private init() { values = [:] }

    /// Reads a job's arguments and refuses members that the kind does not know.
    static func read(_ job: JobContext, allowed: Set<String>) throws(JobFailure) -> ArgumentFields {
        let fields = job.args.isEmpty ? ArgumentFields() : try job.arguments(as: ArgumentFields.self)
        if let unknown = fields.values.keys.filter({ !allowed.contains($0) }).min() {
            let known = allowed.sorted().joined(separator: ", ")
            throw refusal(String(unknown.prefix(64)), "is not an argument of \(job.kind); allowed: \(known)")
        }
        return fields
    }

    static func refusal(_ field: String, _ problem: String) -> JobFailure {
        JobFailure("\(field): \(problem)", isRetryable: false)
    }

    func has(_ field: String) -> Bool { values[field] != nil }

    func text(_ field: String, limit: Int) throws(JobFailure) -> String? {
        switch values[field] {
        case nil: return nil
        case .text(let text)? where text.utf8.count <= limit: return text
        case .text?: throw Self.refusal(field, "is longer than \(limit) bytes")
        default: throw Self.refusal(field, "must be a text")
        }
    }

    func flag(_ field: String) throws(JobFailure) -> Bool? {
        switch values[field] {
        case nil: return nil
        case .flag(let flag)?: return flag
        default: throw Self.refusal(field, "must be true or false")
        }
    }

    func integer(_ field: String, in range: ClosedRange<Int>) throws(JobFailure) -> Int? {
        guard let value = values[field] else { return nil }
        if case .number(let number) = value, let whole = Int(exactly: number), range.contains(whole) { return whole }
        throw Self.refusal(field, "must be a whole number in \(range)")
    }

    /// Seconds as a number, or an ISO 8601 text such as `PT30S`.
    func duration(_ field: String, in range: ClosedRange<Duration>) throws(JobFailure) -> Duration? {
        let duration: Duration?
        switch values[field] {
        case nil: return nil
        // The bound keeps Duration's conversion from overflowing; the range below is the real limit.
        case .number(let number)? where number >= 0 && number <= 1e9: duration = .seconds(number)
        case .text(let text)?: duration = try? ISODuration.parseLenient(text)
        default: duration = nil
        }
        if let duration, range.contains(duration) { return duration }
        let limits = "\(ISODuration.format(range.lowerBound)) to \(ISODuration.format(range.upperBound))"
        throw Self.refusal(field, "must be seconds or a duration such as \"PT30S\", from \(limits)")
    }

    /// A list of whole numbers, not empty.
    func integers(_ field: String, in range: ClosedRange<Int>, limit: Int) throws(JobFailure) -> [Int]? {
        guard let value = values[field] else { return nil }
        let problem = "must be a list of 1 to \(limit) whole numbers in \(range)"
        guard case .list(let items) = value, !items.isEmpty, items.count <= limit else {
            throw Self.refusal(field, problem)
        }
        var numbers: [Int] = []
        for item in items {
            guard case .number(let number) = item, let whole = Int(exactly: number), range.contains(whole) else {
                throw Self.refusal(field, problem)
            }
            numbers.append(whole)
        }
        return numbers
    }

    /// An object whose values are texts, sorted by name.
    func texts(_ field: String, limit: Int) throws(JobFailure) -> [(name: String, value: String)] {
        guard let value = values[field] else { return [] }
        guard case .object(let members) = value else { throw Self.refusal(field, "must be an object of texts") }
        guard members.count <= limit else { throw Self.refusal(field, "has more than \(limit) members") }
        var texts: [(name: String, value: String)] = []
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            guard case .text(let text) = value else {
                throw Self.refusal("\(field).\(name.prefix(64))", "must be a text")
            }
            texts.append((name, text))
        }
        return texts
    }
}
