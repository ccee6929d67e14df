// SPDX-License-Identifier: Apache-2.0
// Martlet: what a bucket does to its objects by itself.

/// The rules of a bucket's lifecycle that are switched on, and whether it keeps versions.
///
/// Source: `GetBucketLifecycleConfiguration` and `GetBucketVersioning` of the S3 API.
public struct BucketLifecycle: Sendable, Hashable {
    /// One rule.
    public struct Rule: Sendable, Hashable {
        /// A change of objects at some time.
        public struct Change: Sendable, Hashable {
            /// `after 30 days`, or `on 2027-01-01T00:00:00Z`.
            public let time: String
            /// The storage class to which objects go; nil where they are removed.
            public let storageClass: String?
        }

        /// Its ID, or `(unnamed)`.
        public let name: String
        /// What the names of its objects begin with, in the bucket; empty for all.
        public let prefix: String
        /// Whether it is for objects with certain tags alone; ours have none.
        public let isForTags: Bool
        /// Whether it is for objects of certain sizes alone.
        public let isForSizes: Bool
        /// What happens to objects that are there.
        public let changes: [Change]
        /// Whether each version that was removed or replaced comes to an end.
        public let endsOldVersions: Bool
        /// Whether all of it has a meaning that we know; what the others say of one that has not may be wrong.
        public let isUnderstood: Bool
    }

    /// Those that are switched on.
    public let rules: [Rule]
    /// Whether removed and replaced objects stay as old versions; nil where the bucket doesn't say.
    public let keepsVersions: Bool?
}

extension BucketLifecycle.Rule {
    private static let effects: Set<String> = [
        "Expiration", "Transition", "NoncurrentVersionExpiration", "NoncurrentVersionTransition",
        "AbortIncompleteMultipartUpload",
    ]

    /// Reads a `Rule`; nil for one that is switched off.
    init?(_ rule: XMLElement) {
        let status = rule["Status"].map { String($0.filter { !$0.isWhitespace }) }
        guard status != "Disabled" else { return nil }
        let filter = rule.child("Filter")
        let joined = filter?.child("And") ?? filter
        name = rule["ID"].flatMap { $0.isEmpty ? nil : $0 } ?? "(unnamed)"
        prefix = joined?["Prefix"] ?? rule["Prefix"] ?? ""
        isForTags = joined?.child("Tag") != nil
        isForSizes = joined?.child("ObjectSizeGreaterThan") != nil || joined?.child("ObjectSizeLessThan") != nil
        changes = ["Expiration", "Transition"].flatMap { kind in
            rule.all(kind).compactMap { change in
                Self.time(change).map { Change(time: $0, storageClass: change["StorageClass"]) }
            }
        }
        // With a number of newer ones to keep, the last old version of a name stays for ever.
        let ends = rule.child("NoncurrentVersionExpiration")
        endsOldVersions = ends?["NoncurrentDays"] != nil && ends?["NewerNoncurrentVersions"] == nil
        isUnderstood = status == "Enabled" && rule.children.contains { Self.effects.contains($0.name) }
    }

    /// Nil for what is no change of an object that is there, such as the end of a marker.
    private static func time(_ change: XMLElement) -> String? {
        if let days = change["Days"] { return "after \(days) days" }
        return change["Date"].map { "on \($0)" }
    }
}
