// SPDX-License-Identifier: Apache-2.0
// Martlet: bodies of requests as jobs.

internal import Jobs
internal import Platform
internal import Web

/// Turns bodies into jobs, or into the problem that the client gets.
enum JobBody {
    /// Largest body with one job: the largest job, and room for the rest.
    static let singleLimit = JobLimits.argsBytes + JobLimits.metadataBytes + (16 << 10)
    /// Largest body with a batch: 16 MiB.
    static let batchLimit = 16 << 20

    /// One job object.
    static func single(_ body: [UInt8]) throws(ProblemError) -> NewJob {
        var reader = JobReader(JSONScanner(body))
        do throws(JSONFault) {
            let job = try reader.readJob()
            try reader.scanner.finish()
            if let job { return job }
        } catch {
            throw .malformed(error)
        }
        throw problem(reader)
    }

    /// An array of job objects.
    static func array(_ body: [UInt8]) throws(ProblemError) -> [NewJob] {
        var reader = JobReader(JSONScanner(body))
        var jobs: [NewJob] = []
        jobs.reserveCapacity(min(JobLimits.batchJobs, body.count / 64))
        do throws(JSONFault) {
            if try reader.scanner.nextKind() == .array {
                try readElements(&reader, into: &jobs)
            } else {
                try reader.scanner.skipValue()
                reader.report(nil, "must be an array", allowed: "an array of jobs; or NDJSON as application/x-ndjson")
            }
            if !reader.isFull { try reader.scanner.finish() }
        } catch {
            throw .malformed(error)
        }
        return try checked(jobs, &reader)
    }

    /// One job object on each line; empty lines are passed over.
    static func lines(_ body: [UInt8]) throws(ProblemError) -> [NewJob] {
        var reader = JobReader(JSONScanner(body))
        var jobs: [NewJob] = []
        jobs.reserveCapacity(min(JobLimits.batchJobs, body.count / 64))
        var index = 0
        do throws(JSONFault) {
            while !reader.isFull, let line = reader.scanner.nextLine() {
                let rest = reader.scanner
                reader.scanner = line
                if let job = try reader.readJob(at: index) { jobs.append(job) }
                do throws(JSONFault) {
                    try reader.scanner.finish()
                } catch {
                    throw reader.located(error, nil)
                }
                reader.scanner = rest
                index += 1
                if index > JobLimits.batchJobs { reader.tooMany() }
            }
        } catch {
            throw .malformed(error)
        }
        return try checked(jobs, &reader)
    }

    private static func readElements(_ reader: inout JobReader, into jobs: inout [NewJob]) throws(JSONFault) {
        var isFirst = true
        var index = 0
        try reader.scanner.beginArray()
        while !reader.isFull, try reader.scanner.nextElement(&isFirst) {
            if let job = try reader.readJob(at: index) { jobs.append(job) }
            index += 1
            if index > JobLimits.batchJobs { reader.tooMany() }
        }
    }

    private static func checked(_ jobs: [NewJob], _ reader: inout JobReader) throws(ProblemError) -> [NewJob] {
        if jobs.isEmpty, reader.errors.isEmpty {
            reader.reportWhole("holds no job", allowed: "1...\(JobLimits.batchJobs) jobs")
        }
        guard reader.errors.isEmpty else { throw problem(reader) }
        return jobs
    }

    private static func problem(_ reader: JobReader) -> ProblemError {
        let note =
            reader.errors.count < JobReader.mostErrors ? nil : "the first \(reader.errors.count) errors are shown"
        return ProblemError(.invalidFields, detail: note, errors: reader.errors)
    }
}
