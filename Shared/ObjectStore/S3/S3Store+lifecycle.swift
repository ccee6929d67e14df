// SPDX-License-Identifier: Apache-2.0
// Martlet: asks a bucket for its lifecycle.
internal import NIOHTTP1

extension S3Store {
    /// What the names of this store's objects in the bucket begin with; empty for all of the bucket.
    public var prefixInBucket: String { client.name(prefix: "") }

    /// What the bucket does to objects by itself.
    ///
    /// - Throws: `.denied` without `s3:GetLifecycleConfiguration`; `.configuration` or `.unavailable` from a store that knows no
    ///   rules.
    public func lifecycle() async throws(ObjectStoreError) -> BucketLifecycle {
        let rules = try await rules().compactMap { BucketLifecycle.Rule($0) }
        do throws(ObjectStoreError) {
            return BucketLifecycle(rules: rules, keepsVersions: try await keepsVersions())
        } catch {
            // What rules do is worth knowing by itself.
            guard error.code != .cancelled else { throw error }
            return BucketLifecycle(rules: rules, keepsVersions: nil)
        }
    }

    private func rules() async throws(ObjectStoreError) -> [XMLElement] {
        let reply: HTTPReply
        do throws(AWSFailure) { reply = try await client.send(question("lifecycle")) } catch {
            if error.name == "NoSuchLifecycleConfiguration" { return [] }
            throw error.error
        }
        return Array(try document(reply, ["LifecycleConfiguration"]).all("Rule"))
    }

    /// A bucket whose versions are suspended keeps those that it has.
    private func keepsVersions() async throws(ObjectStoreError) -> Bool {
        // The name that AWS documents, and the one that moto gives it.
        let names = ["VersioningConfiguration", "GetBucketVersioningResponse"]
        return try document(try await send(question("versioning")), names)["Status"] != nil
    }

    private func question(_ name: String) -> S3Call {
        var call = S3Call(.GET)
        call.query = [(name, "")]
        return call
    }
}
