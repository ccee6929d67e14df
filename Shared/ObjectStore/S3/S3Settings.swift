// SPDX-License-Identifier: Apache-2.0
// Martlet: which bucket, and how its objects are written.

/// Everything about a bucket but the credentials.
public struct S3Settings: Sendable, Hashable {
    /// How the bucket's name gets into the URL.
    public enum Style: String, Sendable, CaseIterable {
        /// `bucket.host` at AWS, unless the name has dots; `host/bucket` at endpoints of others.
        case auto
        /// `host/bucket`.
        case path
        /// `bucket.host`.
        case virtual
    }

    /// Encryption by the store, besides our own.
    public enum Encryption: Sendable, Hashable {
        /// What the bucket's own settings say.
        case bucket
        /// SSE-S3.
        case s3
        /// SSE-KMS, with a key's id or ARN, or AWS' own key.
        case kms(key: String?)
    }

    /// The checksum that goes with each body and is kept by the store.
    public enum Checksum: String, Sendable, CaseIterable {
        /// `x-amz-checksum-sha256`, verified again when an object is read whole.
        case sha256
        /// `Content-MD5`, for stores that refuse the other; verified by the store on writing only.
        case md5
    }

    /// Object lock: written objects can't be removed or replaced for a while.
    public struct Lock: Sendable, Hashable {
        /// Who may still remove them.
        public enum Mode: String, Sendable, CaseIterable {
            /// Those with a special permission.
            case governance
            /// Nobody.
            case compliance
        }

        /// Who may still remove them.
        public var mode: Mode
        /// How long, from each write on.
        public var retention: Duration

        /// Takes both over.
        public init(mode: Mode, retention: Duration) {
            self.mode = mode
            self.retention = retention
        }
    }

    /// The bucket, which must exist; a versioned one keeps what is removed or replaced until its lifecycle rules end it.
    public var bucket: String
    /// What each name in the bucket begins with, without `/` at its end; empty for none.
    public var prefix: String
    /// Such as `eu-central-1`; any for stores of others.
    public var region: String
    /// `https://host[:port]` of a store that isn't AWS' own; nil for AWS.
    public var endpoint: String?
    /// How the bucket's name gets into the URL; default ``Style/auto``.
    public var style = Style.auto
    /// Encryption by the store; default ``Encryption/bucket``.
    public var encryption = Encryption.bucket
    /// Such as `STANDARD_IA`; nil for the bucket's default.
    public var storageClass: String?
    /// Checksums; default ``Checksum/sha256``.
    public var checksum = Checksum.sha256
    /// Object lock; default none. The bucket must have been made with it.
    public var lock: Lock?
    /// Certificates (PEM) in place of the system's; nil for those.
    public var caFile: String?
    /// Bytes of the first parts of an upload, 5 MiB to 1 GiB; default 8 MiB, and powers of two use no more memory than they
    /// say. Later parts of huge objects are larger.
    public var partSize = 8 << 20
    /// Parts under way at once in one upload, 1 to 16; default 3, and one more is being filled.
    public var partsAtOnce = 3
    /// Limits on waiting.
    public var timing = HTTPTiming()

    /// The defaults for a bucket.
    public init(bucket: String, prefix: String = "", region: String, endpoint: String? = nil) {
        self.bucket = bucket
        self.prefix = prefix
        self.region = region
        self.endpoint = endpoint
    }

    /// `s3://bucket/prefix`.
    public var place: String { "s3://\(bucket)" + (prefix.isEmpty ? "" : "/\(prefix)") }
}
