// SPDX-License-Identifier: Apache-2.0
// Martlet: names that may stand once, and where each stood first.

/// The names of one section of the file: one that comes again is a problem that tells both lines.
struct NameRegister {
    private let noun: String
    private let field: String
    private var lines: [String: Int?] = [:]
    /// The names, in the order in which they came: those of what is wrong are there too, so that one mistake makes no false ones.
    private(set) var names: [String] = []

    /// - Parameters:
    ///   - noun: What bears the names, such as `check`.
    ///   - field: The field that holds them, such as `id`.
    init(_ noun: String, field: String) {
        self.noun = noun
        self.field = field
    }

    /// Takes a name down; adds a problem, and returns false, if it stood before.
    @discardableResult
    mutating func add(_ name: String, _ fields: MapReader) -> Bool {
        guard !name.isEmpty else { return true }
        guard let first = lines[name] else {
            lines[name] = .some(fields.line(of: field))
            names.append(name)
            return true
        }
        let place = first.map { " in line \($0)" } ?? ""
        fields.report(field, "\"\(name)\" is the \(field) of the \(noun)\(place) already", allowed: "a different one")
        return false
    }
}
