// SPDX-License-Identifier: Apache-2.0
// Martlet: what requests to AWS are signed with.
public import Platform

/// An access key, and the end of its life if it has one.
public struct AWSCredentials: Sendable, Hashable {
    /// The key's id; not secret, but it is never logged either.
    public let accessKeyID: String
    /// The key.
    public let secretAccessKey: Secret
    /// The token of temporary credentials.
    public let sessionToken: Secret?
    /// When they end; nil for those that don't.
    public let expires: Timestamp?

    /// Takes credentials over.
    public init(
        accessKeyID: String,
        secretAccessKey: Secret,
        sessionToken: Secret? = nil,
        expires: Timestamp? = nil
    ) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
        self.expires = expires
    }
}
