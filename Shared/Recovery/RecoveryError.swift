// SPDX-License-Identifier: Apache-2.0
// Martlet: the one error of this module.
public import ObjectStore

/// Why a backup, a restore or a check did not succeed.
public struct RecoveryError: Error, Sendable, CustomStringConvertible {
    /// The kinds of trouble; each has its exit code in the program.
    public enum Code: Hashable, Sendable {
        /// The store can't be reached or refuses.
        case store
        /// The database can't be reached or refuses.
        case database
        /// There is no such backup, segment or object.
        case notFound
        /// Bytes are not what was stored: damaged, cut or exchanged.
        case damaged
        /// No key that we have opens it.
        case wrongKey
        /// It belongs to another database system.
        case wrongSystem
        /// Needed WAL is missing.
        case missingLog
        /// The local disk is full or refuses.
        case disk
        /// The place to restore to is not empty.
        case notEmpty
        /// Another run is under way.
        case locked
        /// What was asked can't be done: a wrong option, or a target that no backup reaches.
        case request
        /// A deadline passed.
        case deadline
        /// The caller was cancelled.
        case cancelled
        /// A program that we run (pg_dump, postgres, a hook) failed.
        case program
        /// A restore drill found something wrong, or took or lost more than it may.
        case drill
        /// A fault of our own.
        case `internal`
    }

    /// The kind of trouble.
    public let code: Code
    /// One sentence without secrets.
    public let message: String
    /// The object it is about.
    public let object: ObjectKey?
    /// The error underneath.
    public let cause: (any Error)?

    /// Creates an error.
    public init(_ code: Code, _ message: String, object: ObjectKey? = nil, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.object = object
        self.cause = cause
    }

    /// Takes over what a store says.
    public init(_ error: ObjectStoreError) {
        let code: Code =
            switch error.code {
            case .notFound: .notFound
            case .damaged, .tooLarge: .damaged
            case .cancelled: .cancelled
            case .exists, .denied, .unavailable, .full, .configuration: .store
            }
        self.init(code, error.description, object: error.key, cause: error)
    }

    /// The object's name and the message.
    public var description: String { object.map { "\($0): \(message)" } ?? message }
}
