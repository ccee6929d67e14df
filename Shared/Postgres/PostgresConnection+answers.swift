// SPDX-License-Identifier: Apache-2.0
// Martlet: matching answers to calls, and noticing when none come.

extension PostgresConnection {
    func read() {
        guard end == nil else { return }
        let isAlive = handle.consumeInput()
        lastHeard = .now
        drainAnswers()
        guard end == nil else { return }
        guard isAlive, !handle.isBroken else { return lose(handle.errorMessage) }
        finishIfDrained()
        if !queue.unsent.isEmpty { pump() }
    }

    private func drainAnswers() {
        // When nothing is asked for, this alone makes libpq parse what came, such as a notice of shutdown.
        guard !queue.sent.isEmpty else { return _ = handle.isBusy }
        // Each command ends with one `end`; more in a row mean that libpq has nothing further.
        var ends = 0
        while !queue.sent.isEmpty, ends < 3, !handle.isBusy {
            switch handle.nextAnswer() {
            case .result(let result): queue.received(result)
            case .failure(let error): queue.received(error)
            case .pipelineSync: completeFirst()
            case .end:
                ends += 1
                continue
            case .pipelineAborted, .copyIn, .copyOut, .copyBoth: break
            }
            ends = 0
        }
    }

    private func completeFirst() {
        guard let segment = queue.completeFirst() else { return }
        switch segment.work {
        case .prepare(let prepared):
            prepared.error = segment.error
            prepared.state = segment.error == nil ? .ready : .absent
        case .request(var request):
            guard let error = segment.error else { return complete(&request, segment.results) }
            fail(&request, error)
        }
    }

    private func complete(_ request: inout PipelineRequest, _ results: PipelineResults) {
        guard results.count == request.steps.count else {
            return request.take().fail(PostgresError(.outcomeUnknown, "the server sent too few results"))
        }
        request.take().succeed(results)
    }

    private func fail(_ request: inout PipelineRequest, _ error: PostgresError) {
        switch error.sqlState {
        // The plan outlived the tables' shape (a migration), or was deallocated: nothing of the segment took effect.
        case "0A000", "26000":
            let preparationError = expirePlans(of: request)
            if let preparationError { return request.take().fail(preparationError) }
            guard !request.isRetry, !request.isAbandoned, !isDraining else { break }
            request.isRetry = true
            queue.enqueueAgain(request)
            return
        default: break
        }
        request.take().fail(error)
    }

    /// Has the statements of `request` prepared anew; returns why one could not be prepared at all.
    private func expirePlans(of request: PipelineRequest) -> PostgresError? {
        let used: [PostgresStatement] =
            switch request.steps {
            case .one(let statement, _): [statement]
            case .many(let steps): steps.map(\.0)
            }
        var failure: PostgresError?
        for statement in used {
            guard let prepared = try? statements.find(statement) else { continue }
            prepared.expire()
            failure = failure ?? (prepared.state == .absent ? prepared.error : nil)
        }
        return failure
    }

    // MARK: Deadlines

    /// When the server's silence becomes a reason to give the connection up.
    var silenceDue: MonotonicTime {
        guard !queue.sent.isEmpty, let limit = configuration.silenceLimit else { return .distantFuture }
        return lastHeard + limit
    }

    /// Makes sure that the alarm rings no later than `due`. One timer serves all calls: it seldom has to move, since
    /// most calls have the same limit and are long answered when it rings.
    func wakeAlarm(by due: MonotonicTime) {
        guard due < .distantFuture else { return }
        if let alarm {
            guard due < alarm.due else { return }
            alarm.timer.cancel()
        }
        let now = MonotonicTime.now
        let delay = due > now ? due.nanoseconds - now.nanoseconds : 0
        let timer = loop.schedule(after: .nanoseconds(Int64(clamping: delay))) { [weak self] in
            self?.assumeIsolated { $0.ring() }
        }
        alarm = (due, timer)
    }

    private func ring() {
        alarm = nil
        guard end == nil else { return }
        let now = MonotonicTime.now
        let silence = silenceDue
        let (expired, next) = queue.expire(at: now)
        for (waiter, wasSent) in expired {
            waiter.fail(PostgresError(.deadlineExceeded, "the call's deadline passed", mayHaveExecuted: wasSent))
        }
        guard now < silence else { return lose("the server has been silent for too long") }
        finishIfDrained()
        wakeAlarm(by: min(next, silence))
    }
}
