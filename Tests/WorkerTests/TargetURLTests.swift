// SPDX-License-Identifier: Apache-2.0
// Martlet: one reading of a URL, and none of the forms that make parsers disagree.
import Jobs
import Platform
import Testing

@testable import Worker

@Suite struct TargetURLTests {
    @Test(arguments: [
        ("http://example.com", "http://example.com/"),
        ("HTTPS://Example.COM:443/A?b=C#d", "https://example.com/A?b=C"),
        ("http://example.com:80", "http://example.com/"),
        ("http://example.com:8080?x=1", "http://example.com:8080/?x=1"),
        ("http://example.com:/p", "http://example.com/p"),
        ("http://example.com./p", "http://example.com/p"),
        ("https://a_b.xn--mnchen-3ya.de/%7Euser//x", "https://a_b.xn--mnchen-3ya.de/%7Euser//x"),
        ("http://8.8.8.8:81/", "http://8.8.8.8:81/"),
        ("http://[2606:4700:4700:0:0::1111]/", "http://[2606:4700:4700::1111]/"),
        ("http://[2606:4700:4700::1111]:8080/", "http://[2606:4700:4700::1111]:8080/"),
        ("http://1password.com/", "http://1password.com/"),
        ("http://example.com/@evil:80/", "http://example.com/@evil:80/"),
        ("http://example.com/?u=http://user@10.0.0.1", "http://example.com/?u=http://user@10.0.0.1"),
    ])
    func readsInOneSpelling(text: String, canonical: String) throws {
        #expect(try TargetURL(text).text == canonical)
    }

    @Test(arguments: [
        "", "example.com", "//example.com", "ftp://example.com", "file:///etc/passwd", "gopher://x", "http:/x",
        "http:x", "http://",
        "http:///path", "http://:80/", "http://?x", "http://#", "javascript:alert(1)", "http+unix://%2Ftmp/",
        "unix:///x", "data:,x",
        "http://user@example.com/", "http://user:pw@example.com/", "http://@example.com/", "http://a:80@10.0.0.1/",
        "http://example.com@127.0.0.1/", "http://example.com:80:80/", "http://example.com:0/",
        "http://example.com:65536/",
        "http://example.com:+80/", "http://example.com:8o/", "http://example.com:-1/", "http://example.com:000080/",
        "http://exa mple.com/", "http://example.com/a b", "http://example.com/\r\nX: y", "http://example.com/\t",
        "http://example.com/\0",
        "http://example.com\\@127.0.0.1/", "http://example.com\\.evil/", "http://ex%61mple.com/",
        "http://127.0.0.1%2f@x/",
        "http://münchen.de/", "http://１２７.0.0.1/", "http://ⓛocalhost/", "http://example。com/", "http://-a.com/",
        "http://a-.com/",
        "http://a..b/", "http://.a/", "http://a../", "http://*.a/", "http://a,b/", "http://a;b/", "http://a!b/",
        "http://(a)/",
        "http://[::1", "http://::1/", "http://[::1]x/", "http://[::1]:x/", "http://[fe80::1%25eth0]/",
        "http://[fe80::1%eth0]/",
        "http://[]/", "http://[127.0.0.1]/", "http://[v1.x]/", "http://[example.com]/", "http://]/",
        "http://" + String(repeating: "a", count: 64) + ".com/", "http://a/" + String(repeating: "x", count: 2048),
    ])
    func refuses(text: String) throws {
        let error = #expect(throws: JobFailure.self) { _ = try TargetURL(text) }
        #expect(error?.isRetryable == false)
        #expect(error?.message.hasPrefix("url: ") == true)
    }

    /// All ways to write a few forbidden IPv4 addresses that some resolver or library understands.
    @Test(arguments: ["127.0.0.1", "169.254.169.254", "10.0.0.1", "192.168.1.1", "0.0.0.0", "100.64.0.1", "172.16.0.1"])
    func noSpellingOfAnAddressGetsThrough(plain: String) throws {
        var forms = Self.spellings(plain)
        forms += forms.map { $0 + "." } + forms.map { $0.uppercased() }
        #expect(forms.count > 100)
        for form in Set(forms) {
            let error = #expect(throws: JobFailure.self, "\(form) got through") {
                let url = try TargetURL("http://\(form)/latest/meta-data/")
                let literal = try #require(url.origin.literal, "\(form) would be looked up as a name")
                try AddressPolicy().check([literal], host: url.origin.host, port: url.origin.port)
            }
            #expect(error?.isRetryable == false)
        }
    }

    private static func spellings(_ plain: String) -> [String] {
        let parts = plain.split(separator: ".").compactMap { UInt32($0) }
        let whole = parts.reduce(0) { $0 << 8 | $1 }
        let bases: [(UInt32) -> String] = [
            { String($0) }, { "0" + String($0, radix: 8) }, { "0x" + String($0, radix: 16) }, { "00" + String($0) },
            { "0x0000" + String($0, radix: 16) }, { "000" + String($0, radix: 8) },
        ]
        var forms = [plain]
        for last in bases {
            forms.append(last(whole))
            for first in bases {
                forms.append("\(first(parts[0])).\(last(whole & 0xFFFFFF))")
                forms.append("\(first(parts[0])).\(first(parts[1])).\(last(whole & 0xFFFF))")
                forms.append("\(first(parts[0])).\(first(parts[1])).\(first(parts[2])).\(last(parts[3]))")
            }
        }
        let hex = { (high: Int, low: Int) in String(parts[high] << 8 | parts[low], radix: 16) }
        let pair = "\(hex(0, 1)):\(hex(2, 3))"
        for prefix in [
            "::ffff:", "::", "64:ff9b::", "64:ff9b:1::", "::ffff:0:", "0:0:0:0:0:ffff:",
            "0000:0000:0000:0000:0000:FFFF:",
        ] {
            forms.append("[\(prefix)\(pair)]")
            forms.append("[\(prefix)\(plain)]")
        }
        forms.append("[2002:\(pair)::]")
        forms.append("[2002:\(pair)::1]")
        forms.append("[2001:0:\(pair)::]")
        return forms
    }
}
