// SPDX-License-Identifier: Apache-2.0
// Martlet: who knows the credentials of the moment.

/// Gives credentials that are valid now; safe to ask before every request.
public protocol AWSCredentialProvider: Sendable {
    /// Credentials to sign with.
    /// - Throws: `.denied` when no source gives any, with what each said; `.unavailable`, `.cancelled`.
    func current() async throws(ObjectStoreError) -> AWSCredentials

    /// Tells that AWS called these expired.
    func forget(_ credentials: AWSCredentials)
}

/// Credentials that never change.
public struct StaticCredentials: AWSCredentialProvider {
    private let credentials: AWSCredentials

    /// Takes credentials over.
    public init(_ credentials: AWSCredentials) { self.credentials = credentials }

    /// The credentials.
    public func current() async throws(ObjectStoreError) -> AWSCredentials { credentials }

    /// There are no others.
    public func forget(_ credentials: AWSCredentials) {}
}
