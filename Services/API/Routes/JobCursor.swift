// SPDX-License-Identifier: Apache-2.0
// Martlet: where the next page of a list begins, in a form that promises nothing.

internal import Jobs

/// A place in a list; opaque to clients, so that what it holds may change.
struct JobCursor: CustomStringConvertible, Sendable {
    private static let version: Character = "a"

    /// The page holds jobs older than this one.
    let id: JobID

    init(_ id: JobID) { self.id = id }

    /// Reads a cursor that `description` wrote.
    init?(_ text: String) {
        guard text.first == Self.version, text.utf8.count <= 16, let number = Int64(text.dropFirst(), radix: 36),
            number > 0
        else {
            return nil
        }
        id = JobID(rawValue: number)
    }

    var description: String { "\(Self.version)\(String(id.rawValue, radix: 36))" }
}
