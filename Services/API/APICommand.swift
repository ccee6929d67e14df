// SPDX-License-Identifier: Apache-2.0
// Martlet: what the program was asked to do.

internal import Platform

/// The word after the program's name.
enum APICommand: String, CaseIterable {
    /// Answer requests; the default.
    case serve
    /// Bring the database to the newest schema, and end.
    case migrate

    init(_ reader: SettingsReader) {
        let words = reader.operands
        guard let word = words.first else {
            self = .serve
            return
        }
        if let command = Self(rawValue: word), words.count == 1 {
            self = command
        } else {
            let allowed = Self.allCases.map(\.rawValue).joined(separator: " or ")
            reader.report("command", problem: "\"\(words.joined(separator: " "))\" is not a command", allowed: allowed)
            self = .serve
        }
    }
}
