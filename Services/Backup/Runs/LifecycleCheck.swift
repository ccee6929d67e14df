// SPDX-License-Identifier: Apache-2.0
// Martlet: what a bucket's lifecycle rules would do to backups.

internal import ObjectStore

/// Judges rules: only `prune` knows what a chain needs, so nothing else may remove what is there.
struct LifecycleCheck {
    /// Classes from which an object can't be read before somebody brings it back, which takes hours.
    private static let frozen: Set<String> = ["GLACIER", "DEEP_ARCHIVE"]

    let lifecycle: BucketLifecycle
    /// What the names of our objects begin with, in the bucket.
    let prefix: String

    /// Findings about a store; one where all is good.
    func findings(_ subject: String) -> [CheckFinding] {
        var found = lifecycle.rules.filter { !$0.isUnderstood }.map { rule in
            CheckFinding(
                subject: subject,
                grade: .attention,
                found: "the lifecycle rule \(rule.name) is not understood",
                advice: "look yourself that it removes no backups"
            )
        }
        found += lifecycle.rules.filter { $0.isUnderstood && reaches($0) }.flatMap { rule in
            rule.changes.compactMap { finding(subject, rule, $0) }
        }
        if let versions = versions(subject) { found.append(versions) }
        guard found.isEmpty else { return found }
        let ends = lifecycle.keepsVersions == true ? ", and ends old versions" : ""
        return [CheckFinding(subject: subject, grade: .good, found: "the bucket removes nothing by itself\(ends)")]
    }

    /// Whether a rule may reach objects of ours, all or some of them. Their names begin with the number of a system.
    private func reaches(_ rule: BucketLifecycle.Rule) -> Bool {
        guard !rule.isForTags else { return false }
        guard rule.prefix.hasPrefix(prefix) else { return prefix.hasPrefix(rule.prefix) }
        let system = rule.prefix.dropFirst(prefix.count).prefix { $0 != "/" }
        return system.allSatisfy { ("0"..."9").contains($0) }
    }

    private func versions(_ subject: String) -> CheckFinding? {
        guard let keepsVersions = lifecycle.keepsVersions else {
            return CheckFinding(
                subject: subject,
                grade: .attention,
                found: "whether the bucket keeps old versions is not known",
                advice: "allow s3:GetBucketVersioning"
            )
        }
        let isEnded = lifecycle.rules.contains { rule in
            rule.isUnderstood && rule.endsOldVersions && !rule.isForTags && !rule.isForSizes
                && prefix.hasPrefix(rule.prefix)
        }
        guard keepsVersions, !isEnded else { return nil }
        return CheckFinding(
            subject: subject,
            grade: .attention,
            found: "the bucket keeps what `prune` removes as old versions, without end",
            advice: "give the bucket a lifecycle rule with NoncurrentVersionExpiration"
        )
    }

    private func finding(
        _ subject: String,
        _ rule: BucketLifecycle.Rule,
        _ change: BucketLifecycle.Rule.Change
    ) -> CheckFinding? {
        guard let storage = change.storageClass else {
            return CheckFinding(
                subject: subject,
                grade: .problem,
                found: "the lifecycle rule \(rule.name) removes objects \(change.time), whatever a restore needs",
                advice:
                    "leave Expiration to `martlet-backup prune`: give the rule a prefix outside of \(place), or remove it"
            )
        }
        guard Self.frozen.contains(storage) else { return nil }
        return CheckFinding(
            subject: subject,
            grade: .attention,
            found: "the lifecycle rule \(rule.name) moves objects to \(storage) \(change.time)",
            advice: "a restore must wait for hours until they are brought back; GLACIER_IR needs no wait"
        )
    }

    private var place: String { prefix.isEmpty ? "this bucket" : prefix }
}
