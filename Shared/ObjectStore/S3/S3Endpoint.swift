// SPDX-License-Identifier: Apache-2.0
// Martlet: where the bucket's requests go.
internal import Platform

/// Scheme, host and the beginning of each path.
struct S3Endpoint: Sendable, Hashable {
    let scheme: String
    /// With the port unless it is the scheme's own.
    let host: String
    /// `/bucket`, or nothing.
    let base: String

    /// The longest prefix: S3 allows names of 1,024 bytes, and ours have up to 900.
    static let longestPrefix = 1_024 - ObjectKey.longest - 1

    /// Checks the settings that make up URLs.
    init(_ settings: S3Settings) throws(ObjectStoreError) {
        func refusal(_ message: String) -> ObjectStoreError {
            ObjectStoreError(.configuration, message, place: settings.place)
        }
        let (bucket, region) = (settings.bucket, settings.region)
        guard Self.isBucket(bucket) else {
            throw refusal("a bucket's name has 3 to 63 lower-case letters, digits, dots and hyphens")
        }
        guard settings.prefix.isEmpty || ObjectKey(settings.prefix) != nil,
            settings.prefix.utf8.count <= Self.longestPrefix
        else {
            throw refusal(
                "a prefix has at most \(Self.longestPrefix) bytes: parts of A-Z a-z 0-9 . _ = - joined by /"
            )
        }
        guard AWSPlace.isRegion(region) else {
            throw refusal("the region is missing or no region's name, such as eu-central-1")
        }
        guard (5 << 20...1 << 30).contains(settings.partSize) else { throw refusal("a part has 5 MiB to 1 GiB") }
        guard (1...16).contains(settings.partsAtOnce) else { throw refusal("1 to 16 parts may be under way at once") }
        let authority: String
        if let endpoint = settings.endpoint {
            let url: TargetURL
            do throws(TargetURL.Refusal) { url = try TargetURL(reading: endpoint) } catch {
                throw refusal("the endpoint \(error.reason)")
            }
            guard url.text == url.origin.description + "/" else { throw refusal("the endpoint must not have a path") }
            guard Self.isAllowed(url.origin) else { throw refusal("the endpoint \(Self.clearText)") }
            scheme = url.origin.isSecure ? "https" : "http"
            authority = String(url.origin.description.dropFirst(scheme.count + 3))
        } else {
            scheme = "https"
            authority = AWSPlace.host("s3", region)
        }
        let isVirtual =
            switch settings.style {
            case .virtual: true
            case .path: false
            // AWS' certificate is for names of one level below its host.
            case .auto: settings.endpoint == nil && !bucket.contains(".")
            }
        host = isVirtual ? "\(bucket).\(authority)" : authority
        base = isVirtual ? "" : "/\(bucket)"
    }

    /// The path of an object, or of the bucket.
    func path(_ name: String?) -> String { base + "/" + (name ?? "").percentEncoded(keepingSlashes: true) }

    private static func isBucket(_ name: String) -> Bool {
        func isEdge(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) }
        guard (3...63).contains(name.utf8.count), let first = name.utf8.first, let last = name.utf8.last else {
            return false
        }
        return isEdge(first) && isEdge(last) && !name.contains("..")
            && name.utf8.allSatisfy { isEdge($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
    }

    /// What is said of an endpoint that isn't allowed.
    static let clearText = "must be https; http is for loopback and for services of one host or cluster"

    /// Whether an endpoint is https, or what is sent in the clear stays on this host or in its cluster.
    static func isAllowed(_ origin: HTTPOrigin) -> Bool {
        if origin.isSecure { return true }
        if let literal = origin.literal {
            return literal.isIPv4 ? literal.bytes[0] == 127 : literal == IPAddress("::1")
        }
        return !origin.host.contains(".") || origin.host.hasSuffix(".svc")
            || origin.host.hasSuffix(".svc.cluster.local")
    }
}
