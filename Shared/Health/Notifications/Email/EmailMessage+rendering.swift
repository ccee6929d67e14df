// SPDX-License-Identifier: Apache-2.0
// Martlet: a mail as bytes (RFC 5322, MIME), 7-bit throughout, lines of at most 998 bytes ended by CRLF.
internal import Platform

extension EmailMessage {
    /// The whole mail: headers, an empty line, the body; not yet dot-stuffed.
    public func rendered() -> [UInt8] {
        var bytes: [UInt8] = []
        func header(_ name: String, _ value: String) { bytes += "\(name): \(value)\r\n".utf8 }

        header("Date", Self.dateText(date))
        header("From", from.headerForm)
        header("To", to.map(\.headerForm).joined(separator: ",\r\n "))
        header("Subject", HeaderText.unstructured(subject, name: "Subject"))
        header("Message-ID", id.description)
        if let inReplyTo {
            header("In-Reply-To", inReplyTo.description)
            header("References", inReplyTo.description)
        }
        if let unsubscribe = unsubscribe.flatMap(WebAddress.clean) {
            header("List-Unsubscribe", "<\(unsubscribe)>")
            if unsubscribe.lowercased().hasPrefix("https:") {
                header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
            }
        }
        // RFC 3834: no holiday notes in answer.
        header("Auto-Submitted", "auto-generated")
        header("MIME-Version", "1.0")
        let plain = text.cut(bytes: Self.mostTextBytes)
        guard let html = html?.cut(bytes: Self.mostTextBytes) else {
            bytes += Self.part("text/plain", plain)
            return bytes
        }
        // `=_` cannot occur in quoted-printable text (RFC 2045 6.7), so the boundary cannot either.
        let boundary = "=_martlet"
        header("Content-Type", "multipart/alternative; boundary=\"\(boundary)\"")
        bytes += "\r\n--\(boundary)\r\n".utf8
        bytes += Self.part("text/plain", plain)
        bytes += "\r\n--\(boundary)\r\n".utf8
        bytes += Self.part("text/html", html)
        bytes += "\r\n--\(boundary)--\r\n".utf8
        return bytes
    }

    private static func part(_ type: String, _ text: String) -> [UInt8] {
        let head = "Content-Type: \(type); charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        return Array(head.utf8) + QuotedPrintable.encode(text)
    }

    /// `Sat, 31 Jan 2026 08:09:10 +0000`.
    private static func dateText(_ time: Timestamp) -> String {
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let local = TimeZoneRules.utc.local(time)
        let clock = time.formatted(fractionDigits: 0).dropFirst(11).dropLast()
        let year = time.formatted(fractionDigits: 0).prefix(4)
        return "\(days[local.weekday]), \(local.day) \(months[local.month - 1]) \(year) \(clock) +0000"
    }
}
