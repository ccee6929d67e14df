// SPDX-License-Identifier: Apache-2.0
// Martlet: the types a setting can have.

extension SettingsReader {
    /// A whole number within a range; the default when unset or wrong.
    public func int(_ name: String, default fallback: Int, in range: ClosedRange<Int> = Int.min...Int.max) -> Int {
        let allowed = range == Int.min...Int.max ? "a whole number" : "a whole number in \(range)"
        return read(name, allowed: allowed, fallback: "\(fallback)", show: { "\($0)" }) { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        } ?? fallback
    }

    /// A number within a range; the default when unset or wrong. `nan` and infinities are refused.
    public func double(_ name: String, default fallback: Double, in range: ClosedRange<Double>) -> Double {
        read(name, allowed: "a number in \(range)", fallback: "\(fallback)", show: { "\($0)" }) { text in
            Double(text).flatMap { $0.isFinite && range.contains($0) ? $0 : nil }
        } ?? fallback
    }

    /// `true yes on 1` or `false no off 0`, in any case; on the command line the bare option means true.
    public func bool(_ name: String, default fallback: Bool) -> Bool {
        read(name, allowed: "true or false", fallback: "\(fallback)", show: { "\($0)" }) { text in
            switch text.lowercased() {
            case "true", "yes", "on", "1": true
            case "false", "no", "off", "0": false
            default: nil
            }
        } ?? fallback
    }

    /// A duration: ISO 8601 (`PT30S`), seconds (`30`, `0.5`) or with a unit (`500ms 30s 5m 2h 1d`).
    public func duration(
        _ name: String,
        default fallback: Duration,
        in range: ClosedRange<Duration> = .zero...ISODuration.maximum
    ) -> Duration {
        var allowed = "a duration such as PT30S, 0.5, 500ms, 30s or 5m"
        if range != .zero...ISODuration.maximum {
            allowed += " from \(ISODuration.format(range.lowerBound)) to \(ISODuration.format(range.upperBound))"
        }
        return read(name, allowed: allowed, fallback: ISODuration.format(fallback), show: ISODuration.format) { text in
            (try? ISODuration.parseLenient(text)).flatMap { range.contains($0) ? $0 : nil }
        } ?? fallback
    }

    /// A number of bytes: `4096`, `64KiB`, `10MB`, `2GiB`.
    public func byteCount(
        _ name: String,
        default fallback: ByteCount,
        in range: ClosedRange<ByteCount> = ByteCount(0)...ByteCount(.max)
    ) -> ByteCount {
        var allowed = "a size such as 4096, 64KiB, 10MB or 2GiB"
        if range != ByteCount(0)...ByteCount(.max) { allowed += " from \(range.lowerBound) to \(range.upperBound)" }
        return read(name, allowed: allowed, fallback: "\(fallback)", show: { "\($0)" }) { text in
            ByteCount(parsing: text).flatMap { range.contains($0) ? $0 : nil }
        } ?? fallback
    }

    /// A text; the default when unset.
    public func string(_ name: String, default fallback: String) -> String {
        optionalString(name, fallback: fallback) ?? fallback
    }

    /// A text, or nil when unset.
    public func string(_ name: String) -> String? { optionalString(name, fallback: "<unset>") }

    /// A text that must be set; empty when it is not, which ``finish()`` then reports.
    public func requiredString(_ name: String) -> String {
        read(
            name,
            allowed: "a text",
            fallback: "<unset>",
            required: true,
            show: { $0 },
            parse: { $0.isEmpty ? nil : $0 }
        ) ?? ""
    }

    /// One of the raw values of an enum.
    public func choice<Choice>(_ name: String, default fallback: Choice) -> Choice
    where Choice: RawRepresentable<String> & CaseIterable {
        let allowed = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        return read(name, allowed: allowed, fallback: fallback.rawValue, show: \.rawValue) { text in
            Choice.allCases.first { $0.rawValue.lowercased() == text.lowercased() }
        } ?? fallback
    }

    /// Texts separated by commas (in YAML also a sequence); white space around each is dropped, empty ones are refused.
    public func list(_ name: String, default fallback: [String]) -> [String] {
        let show: ([String]) -> String = { $0.joined(separator: ",") }
        return read(name, allowed: "texts separated by commas", fallback: show(fallback), show: show) { text in
            let items = text.split(separator: ",", omittingEmptySubsequences: false).map {
                String($0).trimmedWhitespace()
            }
            return items.contains("") ? nil : items
        } ?? fallback
    }

    /// A URL with one of some schemes; shown without its password, and also read from the file named by `<NAME>_FILE`.
    ///
    /// A URL that holds a password is refused on the command line and in the YAML file, where others could read it.
    public func url(_ name: String, default fallback: String, schemes: [String]) -> String {
        optionalURL(name, fallback: SettingURL.redacted(fallback), schemes: schemes, required: false) ?? fallback
    }

    /// As ``url(_:default:schemes:)``, nil when unset.
    public func url(_ name: String, schemes: [String]) -> String? {
        optionalURL(name, fallback: "<unset>", schemes: schemes, required: false)
    }

    /// As ``url(_:default:schemes:)``, a problem when unset; the empty text is returned then.
    public func requiredURL(_ name: String, schemes: [String]) -> String {
        optionalURL(name, fallback: "<unset>", schemes: schemes, required: true) ?? ""
    }

    /// A secret from the environment or the file named by `<NAME>_FILE` (its content without white space at the ends),
    /// or nil.
    public func secret(_ name: String) -> Secret? {
        read(name, secrecy: .secret, allowed: "a secret", fallback: "<unset>", show: { _ in "" }) { Secret($0) }
    }

    /// As ``secret(_:)``, a problem when unset; an empty secret is returned then.
    public func requiredSecret(_ name: String) -> Secret {
        read(name, secrecy: .secret, allowed: "a secret", fallback: "<unset>", required: true, show: { _ in "" }) {
            Secret($0)
        }
            ?? Secret("")
    }

    /// The file from which a secret is read; nil when it comes from elsewhere.
    public func secretFile(_ name: String) -> String? { environment[name + "_FILE"] }

    private func optionalString(_ name: String, fallback: String) -> String? {
        read(name, allowed: "a text", fallback: fallback, show: { $0 }, parse: { $0 })
    }

    private func optionalURL(_ name: String, fallback: String, schemes: [String], required: Bool) -> String? {
        let allowed = "a URL that starts with " + schemes.map { "\($0)://" }.joined(separator: " or ")
        return read(
            name,
            secrecy: .credentials,
            allowed: allowed,
            fallback: fallback,
            required: required,
            show: { $0 },
            parse: { text in SettingURL.scheme(text).flatMap { schemes.contains($0) ? text : nil } }
        )
    }
}
