// SPDX-License-Identifier: Apache-2.0
// Martlet: remembers which provider answered the last look-up, so that describe() can name the source.
internal import Configuration
internal import Synchronization

/// Keeps the source of the last value that was found.
final class SourceRecorder: AccessReporter {
    private let last = Mutex<SettingSource?>(nil)

    func report(_ event: AccessEvent) {
        let answered = event.providerResults.first { provider in
            if case .success(let found) = provider.result { found.value != nil } else { false }
        }
        let source = answered.map { SettingSource(rawValue: $0.providerName) ?? .environment }
        last.withLock { $0 = source }
    }

    /// Where the value came from; nil when no provider had one.
    func take() -> SettingSource? { last.withLock { $0 } }
}
