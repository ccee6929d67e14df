// SPDX-License-Identifier: Apache-2.0
// Martlet: somebody who confirmed that they want to be told.

public import Platform

/// Somebody who confirmed that they want to be told.
public struct Subscriber: Sendable, Equatable {
    /// Announcements in a row that fail for good before nothing more is sent.
    static let mostFailures = 3
    /// Webhooks of one host, whatever their ports and paths.
    static let mostPerHost = 20

    /// The number in the ledger.
    public var id: Int64
    /// The way.
    public var kind: SubscriptionKind
    /// A mail address or a URL.
    var target: String
    /// What is followed; with neither, everything that is public.
    public var checks: [String]
    /// What is followed.
    public var groups: [String]
    /// Ends the subscription.
    var token: SubscriptionToken
    /// Signs what a webhook gets.
    var secret: String?
    /// When it was confirmed.
    public var confirmedAt: Timestamp
    /// Announcements in a row that failed for good.
    public var failures: Int
    /// Why the last one failed.
    public var error: String?
    /// Since when nothing is sent any more.
    public var suspendedAt: Timestamp?

    /// The target as operators see it: enough to find one that complains, too little to write to.
    public var masked: String {
        switch kind {
        case .email:
            let parts = target.split(separator: "@")
            return "\(parts.first?.prefix(1) ?? "")…@\(parts.last ?? "")"
        case .webhook: return WebAddress.origin(of: target) + "/…"
        }
    }
}
