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
        let found = lifecycle.rules.filter { $0.reaches(prefix) }.flatMap { rule in
            rule.changes.compactMap { finding(subject, rule, $0) }
        }
        if !found.isEmpty { return found }
        if lifecycle.keepsVersions, !lifecycle.rules.contains(where: { $0.endsOldVersions && $0.covers(prefix) }) {
            return [
                CheckFinding(
                    subject: subject,
                    grade: .attention,
                    found: "the bucket keeps what `prune` removes as old versions, without end",
                    advice: "give the bucket a lifecycle rule with NoncurrentVersionExpiration"
                )
            ]
        }
        let versions = lifecycle.keepsVersions ? ", and ends old versions" : ""
        return [CheckFinding(subject: subject, grade: .good, found: "the bucket removes nothing by itself\(versions)")]
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
