// SPDX-License-Identifier: Apache-2.0
// Martlet: incidents as a feed.

internal import Health
internal import NIOCore
internal import Platform
internal import Web

/// Incidents as RSS 2.0, Atom (RFC 4287) or JSON Feed 1.1.
struct IncidentFeed {
    enum Format {
        case rss, atom, json

        var contentType: String {
            switch self {
            case .rss: "application/rss+xml; charset=utf-8"
            case .atom: "application/atom+xml; charset=utf-8"
            case .json: "application/feed+json; charset=utf-8"
            }
        }
    }

    let title: String
    /// The address of the status page, without a slash at its end, as it is configured. Without one links are relative: what a request says of its host
    /// may be a lie, which caches and readers would keep.
    let base: String?
    /// Newest first.
    let incidents: [Incident]

    func text(_ format: Format) -> String {
        switch format {
        case .rss: rss
        case .atom: atom
        case .json: json
        }
    }

    private var updated: Timestamp { incidents.map(Self.changed).max() ?? Timestamp(seconds: 0) }

    private var rss: String {
        var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\"><channel>"
        text +=
            "<title>\(title.markup)</title><link>\(home.markup)</link><description>Incidents of \(title.markup)</description>"
        for incident in incidents {
            text += "<item><title>\(Self.headline(incident).markup)</title><link>\(link(incident).markup)</link>"
            text += "<guid isPermaLink=\"false\">martlet-incident-\(incident.id)-\(incident.status.rawValue)</guid>"
            text += "<pubDate>\(Self.mailDate(Self.changed(incident)))</pubDate>"
            text += "<description>\(Self.story(incident).markup)</description></item>"
        }
        return text + "</channel></rss>\n"
    }

    private var atom: String {
        var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">"
        text +=
            "<title>\(title.markup)</title><id>\((base.map { "\($0)/feed.atom" } ?? "urn:martlet:incidents").markup)</id><updated>\(updated)</updated>"
        text +=
            "<link href=\"\(home.markup)\"/><link rel=\"self\" href=\"\(address("/feed.atom").markup)\"/><author><name>\(title.markup)</name></author>"
        for incident in incidents {
            text += "<entry><title>\(Self.headline(incident).markup)</title><id>\(name(incident).markup)</id>"
            text += "<link href=\"\(link(incident).markup)\"/><published>\(incident.startedAt)</published>"
            text +=
                "<updated>\(Self.changed(incident))</updated><content type=\"text\">\(Self.story(incident).markup)</content></entry>"
        }
        return text + "</feed>\n"
    }

    private var json: String {
        var json = JSONWriter(capacity: 4_096)
        json.object { json in
            json.field("version", "https://jsonfeed.org/version/1.1")
            json.field("title", title)
            json.field("home_page_url", home)
            json.field("feed_url", address("/feed.json"))
            json.key("items")
            json.array { json in
                for incident in incidents {
                    json.object { json in
                        json.field("id", "martlet-incident-\(incident.id)")
                        json.field("url", link(incident))
                        json.field("title", Self.headline(incident))
                        json.field("content_text", Self.story(incident))
                        json.field("date_published", incident.startedAt)
                        json.field("date_modified", Self.changed(incident))
                    }
                }
            }
        }
        return String(decoding: json.buffer.readableBytesView, as: UTF8.self)
    }

    private var home: String { base ?? "/" }

    private func address(_ path: String) -> String { (base ?? "") + path }

    private func link(_ incident: Incident) -> String { address("/incidents/\(incident.id)") }

    /// Atom wants an absolute name; that of an address which nobody knows is none.
    private func name(_ incident: Incident) -> String {
        base == nil ? "urn:martlet:incident:\(incident.id)" : link(incident)
    }

    private static func changed(_ incident: Incident) -> Timestamp {
        incident.timeline.last { $0.isPublic }?.at ?? incident.startedAt
    }

    private static func headline(_ incident: Incident) -> String {
        incident.isOpen ? incident.title : "Resolved: \(incident.title)"
    }

    private static func story(_ incident: Incident) -> String {
        incident.timeline.filter(\.isPublic).reversed().map { entry in
            "\(entry.at.formatted(fractionDigits: 0)) \(entry.kind.rawValue): \(entry.text)"
        }.joined(separator: "\n")
    }

    /// RFC 822, as RSS wants it.
    private static func mailDate(_ time: Timestamp) -> String {
        let local = TimeZoneRules.utc.local(time)
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(days[local.weekday]), \(two(local.day)) \(months[local.month - 1]) \(local.year) "
            + "\(two(local.hour)):\(two(local.minute)):\(two(local.second)) +0000"
    }
}
