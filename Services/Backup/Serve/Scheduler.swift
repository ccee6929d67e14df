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
    private let receiver: LogReceiver?
    private let started = ContinuousClock.now

    /// - Parameter receiver: Who brings the log into the store, if that is us.
    init(_ context: RunContext, _ settings: LiveSettings, _ log: RunLog, _ receiver: LogReceiver?) {
        self.context = context
        self.settings = settings
        self.log = log
        self.receiver = receiver
        let schedule = settings.read().settings.schedule
        for works in Self.lanes { log.awaits(FirstWorks(schedule.works(among: works)).open, of: works) }
    }

    /// The longest nap: clocks may be set and settings read again while it sleeps.
    private static let nap: Duration = .seconds(10)
    /// The same while something is to be done for the first time.
    private static let shortNap: Duration = .seconds(1)
    /// So long a first backup waits for the receiver, which makes its slot just then; later it says itself what is wrong.
    private static let receiverPatience: Duration = .seconds(60)
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
        var firsts = FirstWorks(current.schedule.works(among: works))
        while !Task.isCancelled {
            let looks = firsts.wantsLook(at: .now) && isLogOnItsWay
            if looks, let listing = await listing(context.with(current), of: works) {
                for work in firsts.take(listing, current.run.method) { clock.hasten(work, to: .now()) }
                log.awaits(firsts.open, of: works)
            }
            let nap = firsts.open.isEmpty ? Self.nap : Self.shortNap
            let wait = clock.next.map { $0 - .now() } ?? nap
            if wait > .zero { try? await Task.sleep(for: min(wait, nap)) }
            let (newVersion, new) = settings.read()
            if newVersion != version {
                (version, current) = (newVersion, new)
                clock = ScheduleClock(current.schedule, of: works, after: .now())
                firsts = FirstWorks(current.schedule.works(among: works))
                log.awaits(firsts.open, of: works)
            }
            for work in clock.take(at: .now()) where !Task.isCancelled {
                await perform(work, context.with(current))
            }
            if looks { firsts.rest(from: .now) }
        }
    }

    private var isLogOnItsWay: Bool {
        receiver?.isStreaming ?? true || .now - started > Self.receiverPatience
    }

    /// What the store has of the system that the works are about; nil while the store, or the server to back up, is away.
    private func listing(
        _ context: RunContext,
        of works: Set<ScheduleSettings.Work>
    ) async -> CatalogueListing? {
        do throws(RecoveryError) {
            let search = SystemSearch(context)
            let isBackup = context.settings.schedule.works(among: works).contains(.backup)
            let system =
                isBackup ? try await search.systemOfServer(context.database) : try await search.systemOfStore()
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
            // The one that is under way tells how it went.
            guard error.code != .locked else {
                log.gaveWay(work)
                context.logger.warning("run gave way", metadata: ["verb": "\(work.rawValue)", "to": "\(error)"])
                return
            }
            log.ended(work, began: began, error: error)
            context.logger.error("run failed", metadata: ["verb": "\(work.rawValue)", "error": "\(error)"])
        }
    }
}
