// SPDX-License-Identifier: Apache-2.0
// Martlet: something that operators should know, and that is no incident.

public import Platform

/// Something that operators should know, and that is no incident.
public struct HealthEvent: Sendable, Equatable {
    /// What it is.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// An instance of a service is gone.
        case vanished
        /// Fewer locations than it takes see trouble.
        case advisory
    }

    /// What it is.
    public var kind: Kind
    /// The check that it is about.
    public var check: String
    /// The instance, where one vanished.
    public var instance: String?
    /// One line for people, who are operators: it may name locations and addresses.
    public var text: String
    /// When the instance was last found, or the minority's trouble began.
    public var startedAt: Timestamp
    /// When an advisory was over; nil for its beginning.
    public var endedAt: Timestamp?

    /// Describes an event.
    public init(
        _ kind: Kind,
        check: String,
        instance: String? = nil,
        text: String,
        startedAt: Timestamp,
        endedAt: Timestamp? = nil
    ) {
        self.kind = kind
        self.check = check
        self.instance = instance
        self.text = text
        self.startedAt = startedAt
        self.endedAt = endedAt
    }

    /// The event whose end it is; itself where it is no end.
    var beginning: HealthEvent {
        var copy = self
        copy.endedAt = nil
        return copy
    }

    /// The same for the same event, whoever finds it.
    public var id: String {
        ([kind.rawValue, check] + (instance.map { [$0] } ?? []) + ["\(startedAt.microseconds)"]
            + (endedAt == nil ? [] : ["over"])).joined(separator: "/")
    }
}

extension HealthEvent: Codable {
    private enum CodingKeys: String, CodingKey {
        case kind, check, instance, text, startedAt, endedAt
    }

    /// Reads what ``encode(to:)`` wrote.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            try fields.decode(Kind.self, forKey: .kind),
            check: try fields.decode(String.self, forKey: .check),
            instance: try fields.decodeIfPresent(String.self, forKey: .instance),
            text: try fields.decode(String.self, forKey: .text),
            startedAt: try fields.decode(TimeText.self, forKey: .startedAt).time,
            endedAt: try fields.decodeIfPresent(TimeText.self, forKey: .endedAt)?.time
        )
    }

    /// Writes JSON with times as RFC 3339.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(kind, forKey: .kind)
        try fields.encode(check, forKey: .check)
        try fields.encodeIfPresent(instance, forKey: .instance)
        try fields.encode(text, forKey: .text)
        try fields.encode(TimeText(time: startedAt), forKey: .startedAt)
        try fields.encodeIfPresent(endedAt.map(TimeText.init), forKey: .endedAt)
    }
}
