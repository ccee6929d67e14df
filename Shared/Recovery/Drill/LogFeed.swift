// SPDX-License-Identifier: Apache-2.0
// Martlet: gives a scratch server the log, without giving it keys or addresses.
internal import Glibc
internal import Platform
internal import Synchronization

/// Answers a recovering server that asks for files of the log.
///
/// The server's `restore_command` is a script that leaves a question in a folder and waits for the answer: a file, or a
/// mark that there is none, or that it can't be had. So the server never sees the store, its credentials or its keys, and
/// this process knows what was asked, what came, and why something did not. The next segments are fetched
/// ahead of the question.
final class LogFeed: Sendable {
    /// What happened so far.
    struct Facts: Sendable {
        /// Whole segments that were given.
        var segments = 0
        /// Segments that were made of pieces.
        var pieces = 0
        /// The newest segment that was given.
        var newest: WALSegment?
        /// When the archive was last found to end: what came later is not in the restored cluster.
        var endSeen: Timestamp?
        /// Why a file could not be given.
        var failure: RecoveryError?
    }

    private let archive: WALArchive
    private let folder: ScratchFolder
    private let segmentSize: Int
    /// Segments that are fetched before they are asked for.
    private let ahead: Int
    /// Called each time the archive is found to end.
    private let onEnd: @Sendable () async -> Void
    private let state = Mutex(State())

    private struct State {
        var facts = Facts()
        /// Files that are being fetched.
        var underWay: Set<String> = []
        /// Files that were fetched ahead, or were not there yet; once is enough.
        var tried: Set<String> = []
    }

    private static let pause: Duration = .milliseconds(5)
    /// For how many looks a script waits: its server is gone after a day.
    private static let patience = 8_640_000

    init(
        _ archive: WALArchive,
        into folder: ScratchFolder,
        segmentSize: Int,
        ahead: Int = 2,
        onEnd: @escaping @Sendable () async -> Void
    ) {
        self.archive = archive
        self.folder = folder
        self.segmentSize = segmentSize
        // Each fetch holds a segment twice: larger ones come one by one.
        self.ahead = segmentSize > 16 << 20 ? 1 : ahead
        self.onEnd = onEnd
    }

    var facts: Facts { state.withLock(\.facts) }

    private var spool: String { folder.spool }
    private var script: String { "\(spool)/ask.sh" }
    /// For the server's configuration.
    var restoreCommand: String { "/bin/sh '\(script)' '%f' '%p'" }

    /// Makes the folders and the script. Blocks.
    func prepare() throws(RecoveryError) {
        for name in ["ask", "fetched", "ready", "absent", "failed"] { try folder.makeFolder("\(spool)/\(name)") }
        // 0: here it is. 1: there is none. Above 125: recovery must not go on as if the log ended.
        try folder.write(
            """
            s='\(spool)'
            if [ -e "$s/over" ]; then exit 1; fi
            : > "$s/ask/$1" || exit 200
            n=0
            while [ $n -lt \(Self.patience) ]; do
                if [ -e "$s/ready/$1" ]; then
                    rm -f "$s/ask/$1" && mv "$s/ready/$1" "$2" || exit 200
                    exit 0
                fi
                if [ -e "$s/absent/$1" ]; then
                    rm -f "$s/ask/$1" "$s/absent/$1" || exit 200
                    exit 1
                fi
                if [ -e "$s/failed/$1" ]; then exit 200; fi
                n=$((n + 1))
                sleep 0.01
            done
            exit 200

            """,
            to: script
        )
    }

    /// Answers until cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                let asked = await offPool { [spool] in (try? RestoreFolder.names(in: "\(spool)/ask")) ?? [] }
                for name in asked.sorted() {
                    start(name, isAsked: true, in: &group)
                    var next = WALSegment(name)
                    for _ in 0..<ahead {
                        next = next?.next(size: segmentSize)
                        if let next { start(next.description, isAsked: false, in: &group) }
                    }
                }
                try? await Task.sleep(for: Self.pause)
            }
            group.cancelAll()
        }
    }

    private func start(_ name: String, isAsked: Bool, in group: inout DiscardingTaskGroup) {
        let isFree = state.withLock { state in
            guard !state.underWay.contains(name), isAsked || state.tried.insert(name).inserted else { return false }
            return state.underWay.insert(name).inserted
        }
        guard isFree else { return }
        group.addTask {
            await self.answer(name, isAsked: isAsked)
            _ = self.state.withLock { $0.underWay.remove(name) }
        }
    }

    private func answer(_ name: String, isAsked: Bool) async {
        let (spool, user) = (spool, folder.user)
        let isAnswered = await offPool {
            ["ready", "absent", "failed"].contains { access("\(spool)/\($0)/\(name)", F_OK) == 0 }
                // It was asked for a moment ago, and the script has the answer by now.
                || isAsked && access("\(spool)/ask/\(name)", F_OK) != 0
        }
        guard !isAnswered else { return }
        do throws(RecoveryError) {
            let fetched = "\(spool)/fetched/\(name)"
            // What only a store has that is away shows as a loss in the report.
            let outcome = try await archive.fetch(name, into: fetched, trustsRest: true)
            // What is not whole may have grown until it is asked for.
            guard isAsked || outcome == .whole else { return }
            note(name, outcome)
            if outcome == .absent {
                if WALSegment(name) != nil { await onEnd() }
                return try await offPool { () throws(RecoveryError) in try Self.mark("\(spool)/absent/\(name)") }
            }
            if outcome == .pieces { await onEnd() }
            try await offPool { () throws(RecoveryError) in
                if let user, chown(fetched, user.id, user.group) != 0 { throw .file("give away", fetched) }
                guard rename(fetched, "\(spool)/ready/\(name)") == 0 else { throw .file("rename", fetched) }
            }
        } catch {
            // A file that nobody asked for yet is tried again when somebody does.
            guard isAsked, error.code != .cancelled else { return }
            state.withLock { state in state.facts.failure = state.facts.failure ?? error }
            try? await offPool { () throws(RecoveryError) in try Self.mark("\(spool)/failed/\(name)") }
        }
    }

    private func note(_ name: String, _ outcome: WALArchive.Fetch) {
        guard let segment = WALSegment(name) else { return }
        state.withLock { state in
            switch outcome {
            case .whole: state.facts.segments += 1
            case .pieces: state.facts.pieces += 1
            case .absent: break
            }
            if outcome != .whole { state.facts.endSeen = .now() }
            guard outcome != .absent else { return }
            if state.facts.newest.map({ $0 < segment }) ?? true { state.facts.newest = segment }
        }
    }

    private static func mark(_ path: String) throws(RecoveryError) {
        let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard file >= 0 else { throw .file("make", path) }
        close(file)
    }
}
