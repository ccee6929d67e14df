// SPDX-License-Identifier: Apache-2.0
// Martlet: does things when they are due, one after the other.

internal import Logging
internal import Platform
internal import Recovery
internal import ServiceLifecycle

/// Runs the scheduled works of `serve`; a failed one is logged and told, and the next one comes in its time.
struct Scheduler: Service {
    private let context: RunContext
    private let log: RunLog

    init(_ context: RunContext, _ log: RunLog) {
        self.context = context
        self.log = log
    }

    /// The longest nap: clocks may be set while it sleeps.
    private static let nap: Duration = .seconds(10)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var clock = ScheduleClock(context.settings.schedule, after: .now())
            while !Task.isCancelled {
                let wait = clock.next.map { $0 - .now() } ?? Self.nap
                if wait > .zero { try? await Task.sleep(for: min(wait, Self.nap)) }
                for work in clock.take(at: .now()) where !Task.isCancelled { await perform(work) }
            }
        }
    }

    private func perform(_ work: ScheduleSettings.Work) async {
        let began = Timestamp.now()
        context.logger.info("run begins", metadata: ["verb": "\(work.rawValue)"])
        do throws(RecoveryError) {
            switch work {
            case .backup: _ = try await BackupRun(context).run(Narration(context))
            case .verify: try await VerifyRun(context, isShown: false).runAndShow()
            case .prune: try await PruneRun(context, isShown: false).runAndShow()
            }
            log.ended(work, began: began, error: nil)
            context.logger.info("run succeeded", metadata: ["verb": "\(work.rawValue)"])
        } catch {
            guard error.code != .cancelled else { return }
            log.ended(work, began: began, error: error)
            context.logger.error("run failed", metadata: ["verb": "\(work.rawValue)", "error": "\(error)"])
        }
    }
}
