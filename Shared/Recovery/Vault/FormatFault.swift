// SPDX-License-Identifier: Apache-2.0
// Martlet: a reason why bytes can't be what was stored.
internal import ObjectStore

/// What a reader of one format finds wrong; whoever knows the object makes an error or a report of it.
struct FormatFault: Error {
    let message: String

    init(_ message: String) { self.message = message }

    /// As an error that stops a restore.
    func error(in object: ObjectKey, at offset: Int64? = nil) -> RecoveryError {
        RecoveryError(.damaged, offset.map { "at byte \($0): \(message)" } ?? message, object: object)
    }
}
