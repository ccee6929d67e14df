// SPDX-License-Identifier: Apache-2.0
// Martlet: the text by which settings name a store.
internal import Platform

/// `file:///path` or `s3://bucket/prefix?region=…`; never holds a secret.
///
/// Options of `file`: `make=yes` makes the folder. Options of `s3`: `region` (default `AWS_REGION`), `endpoint`,
/// `style` (`auto path virtual`), `sse` (`s3 kms`), `kms-key`, `storage-class`, `checksum` (`sha256 md5`), `lock`
/// (`governance compliance`) with `retain` (such as `30d`), `ca-file`, `part-size` (such as `8MiB`) and `parts`.
///
/// ```swift
/// let address = try StoreAddress(parsing: "s3://backups/martlet?region=eu-central-1&sse=kms")
/// let store = try await address.open()
/// ```
public struct StoreAddress: Sendable, Hashable, CustomStringConvertible {
    enum Target: Sendable, Hashable {
        case folder(path: String, making: Bool)
        case bucket(S3Settings)
    }

    /// The text that was read.
    public let description: String
    let target: Target

    /// Bytes of an address.
    static let longest = 4096

    /// Reads an address; opens nothing.
    ///
    /// - Parameter region: For buckets without one in their address; nil for `AWS_REGION`, then `AWS_DEFAULT_REGION`.
    /// - Throws: `.configuration` with what is wrong and what is allowed.
    public init(parsing text: String, region: String? = nil) throws(ObjectStoreError) {
        guard text.utf8.count <= Self.longest, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw Self.refusal("an address has at most \(Self.longest) printable ASCII characters", in: "address")
        }
        // What stands before a question mark holds no option, and so no secret in the wrong place either.
        let shown = String(SettingURL.redacted(text).prefix { $0 != "?" })
        description = text
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let options = try AddressOptions(parts.count > 1 ? parts[1] : "", shown)
        let place = parts.first ?? ""
        if place.hasPrefix("file://") {
            target = try Self.folder(place.dropFirst(7), options, shown)
        } else if place.hasPrefix("s3://") {
            let region = region ?? AWSEnvironment.process.region
            target = .bucket(try Self.bucket(place.dropFirst(5), options, region, shown))
        } else {
            throw Self.refusal("an address begins with file:/// or s3://", in: shown)
        }
    }

    /// The store's ``ObjectStore/place``.
    public var place: String {
        switch target {
        case .folder(let path, _): "file://\(path)"
        case .bucket(let settings): settings.place
        }
    }

    /// Opens the store; for a bucket nothing is sent yet.
    ///
    /// - Parameter credentials: For buckets; nil for those of this process' environment (``AWSCredentialChain``).
    public func open(
        credentials: (any AWSCredentialProvider)? = nil
    ) async throws(ObjectStoreError) -> any ObjectStore {
        switch target {
        case .folder(let path, let making): return try await DirectoryStore(folder: path, making: making)
        case .bucket(let settings):
            if let credentials { return try S3Store(settings, credentials: credentials) }
            // Stores of others have regions of their own making, which STS doesn't know.
            let region = settings.endpoint == nil ? settings.region : nil
            return try S3Store(settings, credentials: try AWSCredentialChain(region: region))
        }
    }

    static func refusal(_ message: String, in place: String) -> ObjectStoreError {
        ObjectStoreError(.configuration, message, place: place)
    }
}
