// SPDX-License-Identifier: Apache-2.0
// Martlet: a subscriber of the status page in an export.

/// Somebody who confirmed that they want to be told; failures of deliveries are no configuration, and left out.
public struct ExportedSubscriber: ExportRow {
    /// `email` or `webhook`.
    public let kind: String
    /// The address.
    public let target: String
    /// The address in its one spelling.
    public let targetKey: String
    /// What is followed.
    public let checks: [String]
    /// What is followed.
    public let groups: [String]
    /// Ends the subscription; hexadecimal digits.
    public let token: String
    /// Signs what a webhook gets.
    public let secret: String?
    /// A webhook's host.
    public let host: String?
    /// When it was confirmed, RFC 3339.
    public let confirmedAt: String

    private enum CodingKeys: String, CodingKey {
        case kind, target, checks, groups, token, secret, host
        case targetKey = "target_key"
        case confirmedAt = "confirmed_at"
    }

    /// Kind and address.
    public var key: String { "\(kind) \(targetKey)" }

    /// As operators see it elsewhere: enough to find one that complains, too little to write to.
    public var title: String {
        if let host { return "\(kind) at \(host)" }
        let parts = target.split(separator: "@")
        return "\(kind) \(parts.first?.prefix(1) ?? "")…@\(parts.last ?? "")"
    }
}
