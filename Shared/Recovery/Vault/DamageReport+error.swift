// SPDX-License-Identifier: Apache-2.0
// Martlet: an error as a report.
internal import ObjectStore

extension DamageReport {
    /// What an error says of an object.
    /// - Throws: The error itself when it is about no damage: a store that is away must not look like one.
    init(_ error: RecoveryError, or object: ObjectKey) throws(RecoveryError) {
        switch error.code {
        case .damaged, .wrongKey: self.init(object: error.object ?? object, offset: nil, message: error.message)
        case .notFound: self.init(object: error.object ?? object, offset: nil, message: "it is missing")
        default: throw error
        }
    }
}
