// SPDX-License-Identifier: Apache-2.0
// Martlet: an error as a report.
internal import ObjectStore

extension DamageReport {
    /// What is said of an object that is not there.
    static let missing = "it is missing"

    /// What an error says of an object.
    /// - Throws: The error itself when it is about no damage: a store that is away must not look like one.
    init(_ error: RecoveryError, or object: ObjectKey) throws(RecoveryError) {
        switch error.code {
        case .damaged, .wrongKey: self.init(object: error.object ?? object, offset: nil, message: error.message)
        case .notFound: self.init(object: error.object ?? object, offset: nil, message: Self.missing)
        default: throw error
        }
    }
}
