// SPDX-License-Identifier: Apache-2.0
// Martlet: sends signed JSON to addresses that strangers chose.

internal import FoundationEssentials
internal import NIOCore
internal import Platform

/// One signed POST, as Standard Webhooks says, to an address that is vetted: no redirects, and the connection goes to what was vetted.
struct SubscriberPost: Sendable {
    /// How long one may take.
    static let timeout: Duration = .seconds(15)
    /// How much of an answer is read.
    static let answerLimit = 8_192

    let settings: SubscriptionSettings.Webhooks
    let resources: ProbeResources

    /// Why there is no answer.
    struct Trouble: Error, Sendable {
        /// Whom it is held against.
        enum Fault: Sendable {
            /// The subscriber: what is there does not do its work.
            case theirs
            /// This installation: its settings, its files, its sockets.
            case ours
            /// Unclear, so it is held against nobody: an address that may not be reached, a resolver that does not answer.
            case nobodys
        }

        var reason: String
        var fault: Fault

        static func ours(_ reason: String) -> Trouble { Trouble(reason: reason, fault: .ours) }
    }

    /// The host of an address that was checked.
    static func host(of text: String) -> String {
        do throws(TargetURL.Refusal) { return try TargetURL(reading: text).origin.host } catch { return "" }
    }

    /// The body of every message.
    struct Envelope<Content: Encodable & Sendable>: Encodable, Sendable {
        var type: String
        var timestamp: String
        var data: Content
    }

    /// Sends; the answer, or why there is none.
    func send<Content: Encodable & Sendable>(
        _ type: String,
        _ content: Content,
        id: String,
        to text: String,
        secret: String?,
        at now: Timestamp
    ) async -> Result<HTTPFetch.Answer, Trouble> {
        let url: TargetURL
        let address: ProbeURL
        let key: WebhookKey
        do throws(TargetURL.Refusal) { url = try TargetURL(reading: text) } catch {
            return .failure(.ours("the address \(error.reason)"))
        }
        do throws(ProbeConfigurationError) { address = try ProbeURL(url.text) } catch {
            return .failure(.ours(error.message))
        }
        do throws(NotificationError) { key = try WebhookKey(secret ?? "") } catch {
            return .failure(.ours("the signing key can't be used"))
        }
        guard url.origin.isSecure || settings.allowsClear else {
            return .failure(.ours("the address must start with https://"))
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Texts can always be written.
        let envelope = Envelope(type: type, timestamp: now.formatted(fractionDigits: 0), data: content)
        let body = (try? encoder.encode(envelope)).map(Array.init) ?? []
        let seconds = now.microseconds / 1_000_000
        let (policy, origin) = (settings.policy, url.origin)
        let fetch = HTTPFetch(
            resources: resources,
            method: "POST",
            url: address,
            headers: [
                ("content-type", "application/json"), ("user-agent", "martlet-health/1"), ("webhook-id", id),
                ("webhook-timestamp", "\(seconds)"),
                ("webhook-signature", key.signature(id: id, timestamp: seconds, body: body)),
            ],
            body: body,
            redirects: 0,
            tls: settings.tls,
            limit: Self.answerLimit,
            refusal: { Self.refusal(of: $0, policy, origin) }
        )
        return await fetch.answer(timeout: Self.timeout).mapError { failure in
            if failure.status == .unknown { return .ours(failure.reason) }
            return Trouble(reason: failure.reason, fault: failure.origin == .target ? .theirs : .nobodys)
        }
    }

    /// Why one of the addresses that a name leads to may not be reached.
    private static func refusal(of sockets: [SocketAddress], _ policy: AddressPolicy, _ origin: HTTPOrigin) -> String? {
        var addresses: [IPAddress] = []
        for socket in sockets {
            guard let address = socket.ipAddress.flatMap({ IPAddress($0) }) else {
                return "the host has an address of an unknown kind"
            }
            addresses.append(address)
        }
        return policy.refusal(of: addresses, host: origin.host, port: origin.port)
    }
}

extension WebhookKey {
    /// The text of a new key.
    static func makeText() -> String {
        "whsec_" + Data(SubscriptionToken().bytes).base64EncodedString()
    }
}
