// SPDX-License-Identifier: Apache-2.0
// Martlet: objects in a bucket of S3, or of a store that speaks its protocol.
internal import NIOCore
internal import NIOHTTP1
internal import Platform
internal import Resilience

/// Keeps objects in a bucket.
///
/// Bodies carry their SHA-256, which the store verifies and keeps. A conditional write that was tried again finds by a
/// token in the object's metadata whether the object is its own. Removing from a versioned bucket leaves a marker, and
/// replacing leaves the old version; the bucket's lifecycle rules end them.
///
/// The store must honour `If-None-Match` on writes, as AWS does; ``ObjectStore/check()`` finds those that don't. SeaweedFS
/// looks before it completes an upload by parts instead of deciding in one step: there, two who upload objects larger than a
/// part under one name at the same instant may both win. Its writes in one request are decided in one step.
///
/// ```swift
/// let settings = S3Settings(bucket: "backups", prefix: "martlet", region: "eu-central-1")
/// let store = try S3Store(settings, credentials: try AWSCredentialChain())
/// ```
public final class S3Store: ObjectStore {
    /// The header that tells our own write from another's.
    static let tokenHeader = "x-amz-meta-martlet-write"
    /// The header with the size of the first parts, by which a checksum over parts can be verified.
    static let partHeader = "x-amz-meta-martlet-part"

    /// `s3://bucket/prefix`.
    public let place: String
    let client: S3Client

    /// Checks the settings; nothing is sent.
    /// - Throws: `.configuration`.
    public convenience init(
        _ settings: S3Settings,
        credentials: any AWSCredentialProvider
    ) throws(ObjectStoreError) {
        self.init(try S3Client(settings, credentials: credentials))
    }

    init(_ client: S3Client) {
        self.client = client
        place = client.settings.place
    }

    /// Ends the connections.
    public func close() async { await client.close() }

    /// Sends a call and gives the error that is for the caller.
    func send(_ call: S3Call) async throws(ObjectStoreError) -> HTTPReply {
        do throws(AWSFailure) { return try await client.send(call) } catch { throw error.error }
    }
}
