// SPDX-License-Identifier: Apache-2.0
// Martlet: brings several stores to the same contents.

internal import ObjectStore
internal import Recovery
internal import Web

/// Copies what is missing in one store from another, and, asked to look closer, replaces damaged copies.
struct RepairRun: Sendable {
    private let context: RunContext

    init(_ context: RunContext) { self.context = context }

    /// Repairs, and shows what was done.
    /// - Throws: `.request` with one store; `.store` when copies failed, after all were tried.
    func runAndShow() async throws(RecoveryError) {
        guard let store = context.store as? MirroredStore else {
            throw RecoveryError(.request, "there is only one store, \(context.store.place): nothing to repair it from")
        }
        let report = try await repair(store)
        switch context.settings.run.output {
        case .table:
            let mended = context.settings.run.isDeep ? ", \(report.mended) damaged copies replaced" : ""
            Terminal.show("\(report.copied) objects copied\(mended), \(ProgressLine.size(report.bytes))\n")
            for key in report.differing { Terminal.show("differs between stores, and was left: \(key)\n") }
            for failure in report.failures { Terminal.show("not copied: \(failure)\n") }
        case .json:
            Terminal.show(
                ResultJSON { json in
                    json.field("copied", report.copied)
                    json.field("mended", report.mended)
                    json.field("bytes", Int(report.bytes))
                    json.field("differing", report.differing.map(\.description))
                    json.field("failures", report.failures.map(\.description))
                }.text
            )
        }
        if let failure = report.failures.first { throw RecoveryError(failure) }
        if let key = report.differing.first {
            throw RecoveryError(.damaged, "\(report.differing.count) objects differ between stores", object: key)
        }
    }

    private func repair(_ store: MirroredStore) async throws(RecoveryError) -> RepairReport {
        let (keys, logKeys, trusted) = (context.keys, context.systemKeys, context.settings.export.trusted)
        do throws(ObjectStoreError) {
            var report = try await store.repair()
            guard context.settings.run.isDeep else { return report }
            let judge = StoredCopies(in: store, keys: keys, trusted: trusted) { system throws(RecoveryError) in
                try await logKeys.ring(of: system)
            }
            report.take(try await store.mend(judge: judge))
            return report
        } catch {
            throw RecoveryError(error)
        }
    }
}
