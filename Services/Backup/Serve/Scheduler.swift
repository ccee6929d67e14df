// SPDX-License-Identifier: Apache-2.0
// Martlet: what `serve` does on schedule.

internal import Logging
internal import Platform
internal import Recovery
internal import ServiceLifecycle

/// Runs the scheduled works of `serve`; a failed one is logged and told, and the next one comes in its time.
///
/// Backups, verifications and prunes come one after the other; drills go beside them, for a drill may take hours. A new server does not wait
/// for its schedules: ``FirstWorks``.
struct Scheduler: Service {
    private let settings: LiveSettings
    private let context: RunContext
    private let log: RunLog

    init(_ context: RunContext, _ settings: LiveSettings, _ log: RunLog) {
        self.context = context
        self.settings = settings
        self.log = log
    }

    /// The longest nap: clocks may be set and settings read again while it sleeps.
    private static let nap: Duration = .seconds(10)
    private static let lanes: [Set<ScheduleSettings.Work>] = [[.backup, .verify, .prune], [.drill]]

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                for works in Self.lanes { group.addTask { await self.follow(works) } }
            }
        }
    }

    private func follow(_ works: Set<ScheduleSettings.Work>) async {
        var (version, current) = settings.read()
        var clock = ScheduleClock(current.schedule, of: works, after: .now())
        var firsts = FirstWorks(works.filter { clock.follows($0) })
        while !Task.isCancelled {
            if !firsts.isEmpty, let listing = await listing(context.with(current)) {
                for work in firsts.take(listing, current.run.method) { clock.hasten(work, to: .now()) }
                if firsts.isEmpty { context.logger.debug("what has never been done is known") }
            }
            let wait = clock.next.map { $0 - .now() } ?? Self.nap
            if wait > .zero { try? await Task.sleep(for: min(wait, Self.nap)) }
            let (newVersion, new) = settings.read()
            if newVersion != version {
                (version, current) = (newVersion, new)
                clock = ScheduleClock(current.schedule, of: works, after: .now())
                firsts = FirstWorks(works.filter { clock.follows($0) })
            }
            for work in clock.take(at: .now()) where !Task.isCancelled {
                await perform(work, context.with(current))
            }
        }
    }

    /// What the store has of the server; nil while one of the two is away.
    private func listing(_ context: RunContext) async -> CatalogueListing? {
        do throws(RecoveryError) {
            let system = try await SystemSearch(context).system(of: context.database)
            return try await Catalogue(context.store, keys: context.keys).listing(of: system)
        } catch {
            context.logger.debug("it is not known yet whether there is a backup", metadata: ["error": "\(error)"])
            return nil
        }
    }

    private func perform(_ work: ScheduleSettings.Work, _ context: RunContext) async {
        let began = Timestamp.now()
        context.logger.info("run begins", metadata: ["verb": "\(work.rawValue)"])
        log.began(work, at: began)
        do throws(RecoveryError) {
            switch work {
            case .backup: _ = try await BackupRun(context).run(Narration(context))
            case .verify: try await VerifyRun(context, isShown: false).runAndShow()
            case .drill: try await RestoreDrillRun(context, isShown: false).runAndShow()
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
