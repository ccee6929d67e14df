// SPDX-License-Identifier: Apache-2.0
// One statement may not claim the same unique key twice, so the second job of a batch with a key shares the first one's answer.

/// The rows of a batch with each unique key once.
struct UniqueRows {
    /// The rows to send.
    private(set) var rows: [LedgerRow] = []
    /// For each row that came in, where its answer stands and whether it is a repetition.
    private var places: [(index: Int, repeats: Bool)] = []

    init(_ all: [LedgerRow]) {
        var seen: [String: Int] = [:]
        for row in all {
            if let key = row.job.uniqueKey?.key {
                if let first = seen[key] {
                    places.append((first, true))
                    continue
                }
                seen[key] = rows.count
            }
            places.append((rows.count, false))
            rows.append(row)
        }
    }

    /// The answers for all rows that came in.
    func spread(_ answers: [EnqueuedJob]) -> [EnqueuedJob] {
        places.map { place in
            let answer = answers[place.index]
            return place.repeats ? EnqueuedJob(id: answer.id, isExisting: true) : answer
        }
    }
}
