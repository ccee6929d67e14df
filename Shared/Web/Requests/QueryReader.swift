// SPDX-License-Identifier: Apache-2.0
// Martlet: reads the query of an address, collecting every error before it fails once.

public import Hummingbird
internal import Platform

/// Typed query parameters.
///
/// ```swift
/// var query = QueryReader(request)
/// let limit = query.int("limit", default: 50, in: 1...1000)
/// try query.finish()  // 400 with all errors, unknown and repeated parameters included
/// ```
public struct QueryReader {
    private let values: [(name: String, value: String)]
    private var known: [String] = []
    private var errors: [FieldError] = []

    /// Takes the query of a request.
    public init(_ request: Request) {
        // `?a=1&` and `?` hold an empty pair, which asks for nothing.
        values = request.uri.queryParameters.map { (String($0.key), String($0.value)) }.filter {
            !$0.0.isEmpty || !$0.1.isEmpty
        }
    }

    /// For routes without parameters: what belongs into the body must not be dropped silently because it stands in the address.
    public static func refuseAll(of request: Request) throws(ProblemError) {
        var query = QueryReader(request)
        try query.finish()
    }

    /// The text of a parameter, or nil; empty counts as absent.
    public mutating func string(_ name: String) -> String? {
        known.append(name)
        let found = values.filter { $0.name == name }
        if found.count > 1 { report(name, "is given \(found.count) times", allowed: "once") }
        guard let value = found.first?.value, !value.isEmpty else { return nil }
        return value
    }

    /// A value made of a parameter's text; `make` returns nil for what is not allowed.
    public mutating func value<Value>(_ name: String, allowed: String, _ make: (String) -> Value?) -> Value? {
        guard let text = string(name) else { return nil }
        if let value = make(text) { return value }
        report(name, "is not valid", allowed: allowed)
        return nil
    }

    /// A whole number within a range.
    public mutating func int(_ name: String, default fallback: Int, in range: ClosedRange<Int>) -> Int {
        let allowed = "a whole number in \(range)"
        return value(name, allowed: allowed) { Int($0).flatMap { range.contains($0) ? $0 : nil } } ?? fallback
    }

    /// A duration within a range: ISO 8601, or seconds.
    public mutating func duration(_ name: String, default fallback: Duration, in range: ClosedRange<Duration>)
        -> Duration
    {
        let bounds = "\(ISODuration.format(range.lowerBound)) to \(ISODuration.format(range.upperBound))"
        return value(name, allowed: "a duration such as PT30S or 30, from \(bounds)") { text in
            (try? ISODuration.parseLenient(text)).flatMap { range.contains($0) ? $0 : nil }
        } ?? fallback
    }

    /// Adds an error that only the caller can see.
    public mutating func report(_ name: String, _ detail: String, allowed: String? = nil) {
        errors.append(FieldError(.parameter(name), detail, allowed: allowed))
    }

    /// Ends reading.
    public mutating func finish() throws(ProblemError) {
        var seen: Set<String> = []
        for (name, _) in values where !known.contains(name) && seen.insert(name).inserted {
            let allowed = known.isEmpty ? "no parameters" : known.joined(separator: ", ")
            report(name, "is not a parameter of this route", allowed: allowed)
        }
        guard errors.isEmpty else { throw ProblemError(.invalidParameters, errors: errors) }
    }
}
