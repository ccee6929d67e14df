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
        /// What happens to objects that are there.
        public let changes: [Change]
        /// Whether it ends versions that were removed or replaced.
        public let endsOldVersions: Bool

        /// Whether it reaches objects whose names begin with `prefix`, all or some of them.
        public func reaches(_ prefix: String) -> Bool {
            !isForTags && (self.prefix.hasPrefix(prefix) || prefix.hasPrefix(self.prefix))
        }

        /// Whether it reaches all of them.
        public func covers(_ prefix: String) -> Bool { !isForTags && prefix.hasPrefix(self.prefix) }
    }

    /// Those that are switched on.
    public let rules: [Rule]
    /// Whether removed and replaced objects stay as old versions.
    public let keepsVersions: Bool
}

extension BucketLifecycle.Rule {
    /// Reads a `Rule`; nil for one that is switched off.
    init?(_ rule: XMLElement) {
        guard rule["Status"] == "Enabled" else { return nil }
        let filter = rule.child("Filter")
        let joined = filter?.child("And") ?? filter
        name = rule["ID"].flatMap { $0.isEmpty ? nil : $0 } ?? "(unnamed)"
        prefix = joined?["Prefix"] ?? rule["Prefix"] ?? ""
        isForTags = joined?.child("Tag") != nil
        changes = ["Expiration", "Transition"].flatMap { kind in
            rule.all(kind).compactMap { change in
                Self.time(change).map { Change(time: $0, storageClass: change["StorageClass"]) }
            }
        }
        endsOldVersions = rule.child("NoncurrentVersionExpiration") != nil
    }

    /// Nil for what is no change of an object that is there, such as the end of a marker.
    private static func time(_ change: XMLElement) -> String? {
        if let days = change["Days"] { return "after \(days) days" }
        return change["Date"].map { "on \($0)" }
    }
}
