// SPDX-License-Identifier: Apache-2.0
// Martlet: a call to AWS that failed.

/// A failed call: the error for the caller, and what decides on trying again.
struct AWSFailure: Error {
    /// The error for the caller.
    var error: ObjectStoreError
    /// Whether the same call may well succeed later.
    let isTransient: Bool
    /// The answer's status; nil if there was none.
    var status: Int?
    /// The service's own code, such as `NoSuchUpload`.
    var name: String?
    /// Attempts that were made; beyond the first, an earlier one may have succeeded unheard.
    var attempts = 1

    init(_ error: ObjectStoreError, isTransient: Bool) {
        self.error = error
        self.isTransient = isTransient
    }

    /// No answer came.
    init(_ trouble: HTTPTrouble, key: ObjectKey?, place: String) {
        let code: ObjectStoreError.Code =
            trouble.isCancelled ? .cancelled : trouble.isTooLong ? .tooLarge : .unavailable
        self.init(ObjectStoreError(code, trouble.message, key: key, place: place), isTransient: trouble.isTransient)
    }

    /// A server's words, within reason.
    static func shown(_ text: String) -> String {
        let plain = text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : Character($0) }
        return String(plain.prefix(300))
    }
}
