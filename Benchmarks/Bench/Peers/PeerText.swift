// SPDX-License-Identifier: Apache-2.0
// Martlet: the comparison for people.

/// The comparison as a table.
enum PeerText {
    static func text(_ results: [PeerResult]) -> String {
        let heads = [
            "", "store", "enqueued/s", "finished/s", "processes", "lost: worker killed", "lost: FLUSHALL",
            "last run after the kill",
        ]
        let rows = [heads] + results.map(row)
        return """
            comparison: no-op jobs with 200 bytes of arguments, the same servers, medians

            \(TextTable.render(rows, right: [2, 3, 4, 5, 6, 7]))

            Enqueued: in batches of 1,000 over one connection by each one's fastest call. Finished: by the store, with one \
            or two worker processes, whichever was faster. Lost: acknowledged jobs whose handler never ran after a fault at \
            half-time; ten jobs of 20 ms at once, the handler's runs recorded in a file. Leases are 30 s for all that have any.
            """
    }

    private static func row(_ result: PeerResult) -> [String] {
        let best = result.best
        return [
            "\(result.name) \(result.version)", result.store, shortNumber(result.enqueued.median),
            shortNumber(best.rate),
            String(best.processes), lost(result, .workerKilled), lost(result, .redisFlushed), lastRun(result),
        ]
    }

    private static func lost(_ result: PeerResult, _ fault: PeerFault) -> String {
        guard let outcome = result.faults.first(where: { $0.fault == fault }) else { return "has no Redis" }
        let again = outcome.repeated > 0 ? ", \(outcome.repeated) run twice" : ""
        return "\(outcome.lost) of \(outcome.jobs)\(again)"
    }

    private static func lastRun(_ result: PeerResult) -> String {
        guard let outcome = result.faults.first(where: { $0.fault == .workerKilled }) else { return "" }
        return "\(shortNumber(outcome.secondsToLastRun)) s"
    }
}
