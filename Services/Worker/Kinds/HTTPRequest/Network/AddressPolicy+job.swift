// SPDX-License-Identifier: Apache-2.0
// Martlet: the guard's refusals as failures of a job that no retry mends.
internal import Jobs
internal import Platform

extension AddressPolicy {
    /// Throws a permanent failure when one of the addresses of the host, or the port, may not be reached.
    func check(_ addresses: [IPAddress], host: String, port: Int) throws(JobFailure) {
        guard let reason = refusal(of: addresses, host: host, port: port) else { return }
        throw ArgumentFields.refusal("url", reason)
    }
}

extension TargetURL {
    /// Reads the URL of a job; every throw is a permanent failure that names the field `url`.
    init(_ text: String) throws(JobFailure) {
        do throws(Refusal) { self = try TargetURL(reading: text) } catch {
            throw ArgumentFields.refusal("url", error.reason)
        }
    }
}
