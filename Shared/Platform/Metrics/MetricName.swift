// SPDX-License-Identifier: Apache-2.0
// Martlet: names, labels and texts made fit for the exposition formats.

/// Turns any text into a valid metric or label name, and labels into their bytes.
enum MetricName {
    /// A valid metric name: letters, digits, `_`, `:`; every other character becomes `_`.
    static func metric(_ text: String) -> String { sanitise(text, allowsColon: true) }

    /// A valid label name; reserved ones (`le`, `quantile`, `__...`) get a prefix.
    static func label(_ text: String) -> String {
        let name = sanitise(text, allowsColon: false)
        return name == "le" || name == "quantile" || name.hasPrefix("__") ? "label_\(name)" : name
    }

    /// The name with a suffix such as `_total`, once.
    static func suffixed(_ name: String, _ suffix: String) -> String { name.hasSuffix(suffix) ? name : name + suffix }

    private static func sanitise(_ text: String, allowsColon: Bool) -> String {
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            switch scalar {
            case "a"..."z", "A"..."Z", "_": bytes.append(UInt8(scalar.value))
            case "0"..."9":
                if bytes.isEmpty { bytes.append(UInt8(ascii: "_")) }
                bytes.append(UInt8(scalar.value))
            case ":" where allowsColon: bytes.append(UInt8(ascii: ":"))
            default: bytes.append(UInt8(ascii: "_"))
            }
        }
        return bytes.isEmpty ? "_" : String(decoding: bytes, as: UTF8.self)
    }

    /// `a="1",b="2"` sorted by name, escaped; of two equal names the later wins. Values are cut at 256 bytes.
    static func labels(_ labels: [(String, String)]) -> String {
        guard !labels.isEmpty else { return "" }
        var byName: [String: String] = [:]
        for (name, value) in labels { byName[label(name)] = value }
        return byName.sorted { $0.key < $1.key }.map { "\($0.key)=\"\(escaped(cut($0.value), quote: true))\"" }
            .joined(separator: ",")
    }

    /// Help text in one line.
    static func help(_ text: String, openMetrics: Bool) -> String { escaped(text, quote: openMetrics) }

    private static func cut(_ value: String) -> Substring {
        var result = value[...]
        while result.utf8.count > 256 { result = result.dropLast(max(1, (result.utf8.count - 256) / 4)) }
        return result
    }

    private static func escaped(_ text: some StringProtocol, quote: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quote: result += "\\\""
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
