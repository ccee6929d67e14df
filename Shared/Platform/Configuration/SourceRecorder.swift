// SPDX-License-Identifier: Apache-2.0
// Martlet: remembers which provider answered the last look-up, so that describe() can name the source.
internal import Configuration
internal import Synchronization

/// Keeps the last access event's verdict.
final class SourceRecorder: AccessReporter {
    struct Answer: Sendable {
        var source: SettingSource?
        var failed = false
    }

    private let last = Mutex(Answer())

    func report(_ event: AccessEvent) {
        var answer = Answer()
        if case .failure = event.result { answer.failed = true }
        if event.conversionError != nil { answer.failed = true }
        for provider in event.providerResults {
            switch provider.result {
            case .failure:
                answer.failed = true
                answer.source = SettingSource(rawValue: provider.providerName) ?? .environment
            case .success(let found) where found.value != nil:
                answer.source = SettingSource(rawValue: provider.providerName) ?? .environment
            case .success:
                continue
            }
            break
        }
        last.withLock { $0 = answer }
    }

    func take() -> Answer { last.withLock { $0 } }
}
