// SPDX-License-Identifier: Apache-2.0
// Martlet: reads the fields of one map; what is wrong or unknown becomes a problem.

internal import Platform

/// Reads the fields of a map.
///
/// A field that is wrong reads as its default, after a problem was added; ``finish()`` adds one for each name that nobody asked for.
final class MapReader {
    /// Where the map stands.
    let place: YAMLPlace
    private let members: [(name: String, value: YAMLValue)]
    private let problems: ProblemList
    private let variables: ConfigurationVariables
    private var known: [String] = []

    init(_ value: YAMLValue, _ problems: ProblemList, _ variables: ConfigurationVariables) {
        place = value.place
        self.problems = problems
        self.variables = variables
        if case .map(let members) = value.content {
            self.members = members
        } else {
            members = []
            if case .scalar(_, isNull: true) = value.content { return }
            problems.add(value.place, "is \(value.kind)", allowed: "a map")
        }
    }

    /// The names that stand in the map, in their order.
    var names: [String] { members.map(\.name) }

    /// The names whose fields hold something; an empty list or map is something.
    var filledNames: Set<String> {
        Set(
            members.compactMap { name, value in
                if case .scalar(_, isNull: true) = value.content { nil } else { name }
            }
        )
    }

    /// A field's value, nil when it is not there or holds nothing.
    func value(_ name: String) -> YAMLValue? {
        known.append(name)
        guard let value = members.first(where: { $0.name == name })?.value else { return nil }
        if case .scalar(_, isNull: true) = value.content { return nil }
        return value
    }

    /// Whether a field is there.
    func has(_ name: String) -> Bool { value(name) != nil }

    /// The line of a field, or, where it is not there, of the map.
    func line(of name: String) -> Int? { members.first { $0.name == name }?.value.place.line ?? place.line }

    /// Adds a problem with a field, or, without a name, with the whole map.
    func report(_ name: String, _ problem: String, allowed: String) {
        let line = members.first { $0.name == name }?.value.place.line
        problems.add(name.isEmpty ? place : place.member(name, line: line), problem, allowed: allowed)
    }

    /// A text with its `${NAME}` replaced.
    func text(_ name: String, allowed: String = "a text") -> String? {
        guard let value = value(name) else { return nil }
        return scalar(value, allowed: allowed)
    }

    /// A text that must be there.
    func requiredText(_ name: String, allowed: String = "a text") -> String {
        if !has(name) { report(name, "is missing", allowed: allowed) }
        return text(name, allowed: allowed) ?? ""
    }

    /// What a function makes of a text; nil from it is a problem.
    func parse<Value>(_ name: String, allowed: String, _ body: (String) -> Value?) -> Value? {
        guard let text = text(name, allowed: allowed) else { return nil }
        guard let value = body(text) else {
            report(name, "\(shown(name, text)) is not allowed here", allowed: allowed)
            return nil
        }
        return value
    }

    /// Yes or no.
    func bool(_ name: String, default fallback: Bool) -> Bool {
        parse(name, allowed: "true or false") { text in
            switch text.lowercased() {
            case "true", "yes", "on": true
            case "false", "no", "off": false
            default: nil
            }
        } ?? fallback
    }

    /// A whole number.
    func int(_ name: String, in range: ClosedRange<Int>) -> Int? {
        parse(name, allowed: "a whole number from \(range.lowerBound) to \(range.upperBound)") { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// A number.
    func number(_ name: String, in range: ClosedRange<Double>) -> Double? {
        parse(name, allowed: "a number from \(range.lowerBound) to \(range.upperBound)") { text in
            let isShare = text.hasSuffix("%")
            let value = Double(isShare ? String(text.dropLast()) : text).map { isShare ? $0 / 100 : $0 }
            return value.flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// A duration such as `10s`, `PT10S` or `0.5`.
    func duration(_ name: String, in range: ClosedRange<Duration>) -> Duration? {
        let bounds = "\(range.lowerBound.words) to \(range.upperBound.words)"
        return parse(name, allowed: "a duration such as 500ms, 10s or 5m from \(bounds)") { text in
            (try? ISODuration.parseLenient(text)).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// How often something is due.
    func recurrence(_ name: String, in range: ClosedRange<Duration>) -> Recurrence? {
        let bounds = "\(range.lowerBound.words) to \(range.upperBound.words)"
        return parse(name, allowed: "a duration such as 6h from \(bounds), cron's words such as 30 2 * * *, or off") {
            guard let found = Recurrence($0), found.interval.map(range.contains) ?? true else { return nil }
            return found
        }
    }

    /// One of an enumeration's raw values.
    func choice<Choice: RawRepresentable<String> & CaseIterable>(_ name: String, of type: Choice.Type) -> Choice? {
        let allowed = Choice.allCases.map { $0.rawValue.lowercased() }.joined(separator: ", ")
        return parse(name, allowed: allowed) { text in
            Choice.allCases.first { $0.rawValue.lowercased() == text.lowercased() }
        }
    }

    /// Texts: a list, or a single one.
    func texts(_ name: String, allowed: String = "a list of texts") -> [String] {
        guard let value = value(name) else { return [] }
        guard case .list(let values) = value.content else { return scalar(value, allowed: allowed).map { [$0] } ?? [] }
        return values.compactMap { scalar($0, allowed: allowed) }
    }

    /// A text for each name of an inner map.
    func textMap(_ name: String, allowed: String = "a map of texts") -> [(name: String, value: String)] {
        guard let value = value(name) else { return [] }
        guard case .map(let members) = value.content else {
            problems.add(value.place, "is \(value.kind)", allowed: allowed)
            return []
        }
        return members.compactMap { name, value in scalar(value, allowed: allowed).map { (name, $0) } }
    }

    /// What a function makes of each map in a list.
    func maps<Value>(_ name: String, _ body: (MapReader) -> Value?) -> [Value] {
        guard let value = value(name) else { return [] }
        guard case .list(let values) = value.content else {
            problems.add(value.place, "is \(value.kind)", allowed: "a list of maps")
            return []
        }
        return values.compactMap { value in
            let reader = MapReader(value, problems, variables)
            defer { reader.finish() }
            return body(reader)
        }
    }

    /// What a function makes of an inner map; nil when there is none.
    func map<Value>(_ name: String, _ body: (MapReader) -> Value?) -> Value? {
        guard let value = value(name) else { return nil }
        let reader = MapReader(value, problems, variables)
        defer { reader.finish() }
        return body(reader)
    }

    /// Adds a problem for each name that nobody asked for.
    func finish() {
        for member in members where !known.contains(member.name) {
            let near = NearestName.find(member.name, among: known)
            let allowed = near.map { "did you mean \($0)?" } ?? Set(known).sorted().joined(separator: ", ")
            problems.add(member.value.place, "there is no such setting", allowed: allowed)
        }
    }

    private func scalar(_ value: YAMLValue, allowed: String) -> String? {
        guard case .scalar(let text, let isNull) = value.content, !isNull else {
            problems.add(value.place, "is \(value.kind)", allowed: allowed)
            return nil
        }
        do throws(VariableProblem) { return try variables.fill(text) } catch {
            problems.add(value.place, error.problem, allowed: error.allowed)
            return nil
        }
    }

    /// A text as it may be shown: what came from a variable may be a secret.
    private func shown(_ name: String, _ text: String) -> String {
        let raw = members.first { $0.name == name }?.value
        if case .scalar(let written, _)? = raw?.content, written != text {
            return "\"\(written.prefix(80))\" filled in"
        }
        return "\"\(text.prefix(80))\""
    }
}
