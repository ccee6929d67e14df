// SPDX-License-Identifier: Apache-2.0
// Martlet: reads the requests of Alertmanager's webhook receiver.
internal import FoundationEssentials
internal import Platform

/// The payload of [Alertmanager's webhook](https://prometheus.io/docs/alerting/latest/configuration/#webhook_config), version 4.
public struct AlertmanagerWebhook: Sendable, Equatable {
    /// The largest payload that is read.
    public static let mostBytes = 1 << 20
    /// The most alerts of one payload.
    public static let mostAlerts = 1_000

    /// The alerts of the group.
    public var alerts: [IncomingAlert]
    /// How many alerts Alertmanager left out (its `max_alerts`).
    public var truncatedAlerts: Int

    /// Reads a payload; every misfit is a ``NotificationError`` `payload` that names the field.
    public init(parsing bytes: [UInt8]) throws(NotificationError) {
        guard bytes.count <= Self.mostBytes else {
            throw NotificationError(.payload, "body", "must be at most \(Self.mostBytes) bytes")
        }
        let payload: Payload
        do {
            payload = try JSONDecoder().decode(Payload.self, from: Data(bytes))
        } catch let error as DecodingError {
            throw Self.misfit(error)
        } catch {
            throw NotificationError(.payload, "body", "is not JSON")
        }
        guard payload.version == "4" else {
            throw NotificationError(.payload, "version", "must be \"4\"")
        }
        guard payload.alerts.count <= Self.mostAlerts else {
            throw NotificationError(.payload, "alerts", "must be at most \(Self.mostAlerts)")
        }
        guard payload.truncatedAlerts ?? 0 >= 0 else {
            throw NotificationError(.payload, "truncatedAlerts", "must not be negative")
        }
        var alerts: [IncomingAlert] = []
        for (index, alert) in payload.alerts.enumerated() { alerts.append(try alert.checked(at: "alerts[\(index)]")) }
        self.alerts = alerts
        truncatedAlerts = payload.truncatedAlerts ?? 0
    }

    private struct Payload: Decodable {
        var version: String
        var alerts: [Alert]
        var truncatedAlerts: Int?
    }

    private struct Alert: Decodable {
        var fingerprint: String
        var status: IncomingAlert.Status
        var labels: [String: String]
        var annotations: [String: String]?
        var startsAt: TimeText
        var endsAt: TimeText?
        var generatorURL: String?

        func checked(at path: String) throws(NotificationError) -> IncomingAlert {
            guard (1...64).contains(fingerprint.utf8.count),
                fingerprint.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
            else { throw NotificationError(.payload, "\(path).fingerprint", "must be 1 to 64 hexadecimal digits") }
            guard !labels.isEmpty else { throw NotificationError(.payload, "\(path).labels", "must not be empty") }
            // Go writes a time that is not set as the first instant of the year 1.
            let end = endsAt.flatMap { $0.time.microseconds == -62_135_596_800_000_000 ? nil : $0.time }
            guard status == .firing || end != nil else {
                throw NotificationError(.payload, "\(path).endsAt", "must be a time, since the alert is resolved")
            }
            return IncomingAlert(
                fingerprint: fingerprint,
                status: status,
                labels: labels,
                annotations: annotations ?? [:],
                startsAt: startsAt.time,
                endsAt: end,
                generatorURL: generatorURL.flatMap { $0.isEmpty ? nil : $0 }
            )
        }
    }

    private static func misfit(_ error: DecodingError) -> NotificationError {
        switch error {
        case .keyNotFound(let key, let context):
            NotificationError(.payload, path(context.codingPath + [key]), "is missing")
        case .typeMismatch(let type, let context):
            NotificationError(.payload, path(context.codingPath), "must be \(name(of: type))")
        case .valueNotFound(let type, let context):
            NotificationError(.payload, path(context.codingPath), "is null and must be \(name(of: type))")
        case .dataCorrupted(let context):
            if context.codingPath.isEmpty {
                NotificationError(.payload, "body", "is not JSON")
            } else if context.codingPath.last?.stringValue == "status" {
                NotificationError(.payload, path(context.codingPath), "must be \"firing\" or \"resolved\"")
            } else {
                NotificationError(.payload, path(context.codingPath), context.debugDescription)
            }
        @unknown default: NotificationError(.payload, "body", "cannot be read")
        }
    }

    private static func name(of type: any Any.Type) -> String {
        if type == String.self { return "a text" }
        if type == Int.self { return "a whole number" }
        return String(describing: type).hasPrefix("Array") ? "a list" : "an object"
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        guard !keys.isEmpty else { return "body" }
        var path = ""
        for key in keys {
            if let index = key.intValue {
                path += "[\(index)]"
            } else {
                path += (path.isEmpty ? "" : ".") + key.stringValue.singleLine(bytes: 100)
            }
        }
        return path
    }
}
