// SPDX-License-Identifier: Apache-2.0
// Martlet: asks another aggregator how it is.

internal import FoundationEssentials

/// Asks another aggregator how it is.
struct PeerClient: Sendable {
    let resources: ProbeResources

    /// The status of an aggregator; nil when it does not answer within a second.
    ///
    /// - Parameter token: Shows that we are one of them, so that it says what it believes.
    func ask(_ peer: Aggregator, token: String) async -> PeerStatus? {
        guard let url = try? ProbeURL(peer.address + "/v1/peer") else { return nil }
        let fetch = HTTPFetch(
            resources: resources,
            method: "GET",
            url: url,
            headers: [("martlet-peer", token)],
            body: [],
            redirects: 0,
            tls: TLSOptions(),
            // 10,000 checks with long reasons.
            limit: 16 << 20
        )
        guard case .success(let answer) = await fetch.answer(timeout: .seconds(1)), answer.status == 200,
            let status = try? JSONDecoder().decode(PeerStatus.self, from: Data(answer.body)), status.id == "\(peer.id)"
        else { return nil }
        return status
    }
}
