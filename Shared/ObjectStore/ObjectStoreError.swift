// SPDX-License-Identifier: Apache-2.0
// Martlet: the one error of this module.

/// Why a store did not do what it was asked.
public struct ObjectStoreError: Error, Sendable, CustomStringConvertible {
    /// The kinds of trouble.
    public enum Code: Hashable, Sendable {
        /// No such object.
        case notFound
        /// An object has this name already, and `.absent` was asked for.
        case exists
        /// Not allowed: credentials, permissions, a lock on the object.
        case denied
        /// The store can't be reached, is too slow or fails, also after the retries.
        case unavailable
        /// The disk or the quota is full.
        case full
        /// The object is larger than the caller allowed.
        case tooLarge
        /// What came is not what was stored: too short, wrong checksum.
        case damaged
        /// The settings of the store are wrong.
        case configuration
        /// The caller was cancelled.
        case cancelled
    }

    /// The kind of trouble.
    public let code: Code
    /// One sentence without secrets.
    public let message: String
    /// The object it is about.
    public let key: ObjectKey?
    /// The store's ``ObjectStore/place``.
    public let place: String
    /// The error underneath.
    public let cause: (any Error)?

    /// Creates an error.
    public init(_ code: Code, _ message: String, key: ObjectKey? = nil, place: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.key = key
        self.place = place
        self.cause = cause
    }

    /// `place/key: message`.
    public var description: String { "\(place)\(key.map { "/\($0)" } ?? ""): \(message)" }
}
