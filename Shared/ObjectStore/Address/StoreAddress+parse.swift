// SPDX-License-Identifier: Apache-2.0
// Martlet: reading the two kinds of addresses.
internal import Platform

extension StoreAddress {
    static func folder(
        _ text: Substring,
        _ options: AddressOptions,
        _ shown: String
    ) throws(ObjectStoreError) -> Target {
        try options.checkNames(["make"])
        guard text.hasPrefix("/"), let path = String(text).percentDecoded, !path.utf8.contains(0) else {
            throw refusal("a folder's address has three slashes and an absolute path: file:///var/backups", in: shown)
        }
        let isMade = try options.choice("make", ["yes": true, "no": false]) ?? false
        return .folder(path: path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path, making: isMade)
    }

    static func bucket(
        _ text: Substring,
        _ options: AddressOptions,
        _ region: String?,
        _ shown: String
    ) throws(ObjectStoreError) -> S3Settings {
        try options.checkNames([
            "region", "endpoint", "style", "sse", "kms-key", "storage-class", "checksum", "lock", "retain", "ca-file",
            "part-size", "parts",
        ])
        guard !text.contains("@") else {
            throw refusal("an address holds no credentials; \(AddressOptions.whereSecretsBelong)", in: shown)
        }
        let parts = text.split(separator: "/", maxSplits: 1)
        var prefix = parts.count > 1 ? String(parts[1]) : ""
        if prefix.hasSuffix("/") { prefix.removeLast() }
        var settings = S3Settings(
            bucket: parts.first.map { String($0) } ?? "",
            prefix: prefix,
            // Stores of others mostly don't care, and take the region that is everybody's default.
            region: options["region"] ?? region ?? (options["endpoint"] == nil ? "" : "us-east-1"),
            endpoint: options["endpoint"]
        )
        settings.style = try options.choice("style") ?? .auto
        settings.checksum = try options.choice("checksum") ?? .sha256
        settings.storageClass = options["storage-class"]
        settings.caFile = options["ca-file"]
        settings.encryption = try encryption(options)
        settings.lock = try lock(options)
        if let text = options["part-size"] {
            guard let size = ByteCount(parsing: text) else { throw options.wrong("part-size", "a size such as 8MiB") }
            settings.partSize = size.bytes
        }
        if let text = options["parts"] {
            guard let count = Int(text) else { throw options.wrong("parts", "a number in 1...16") }
            settings.partsAtOnce = count
        }
        _ = try S3Endpoint(settings)
        return settings
    }

    private static func encryption(_ options: AddressOptions) throws(ObjectStoreError) -> S3Settings.Encryption {
        let key = options["kms-key"]
        switch try options.choice("sse", ["s3": "s3", "kms": "kms"]) {
        case "kms": return .kms(key: key)
        case let sse:
            guard key == nil else { throw options.wrong("kms-key", "used together with sse=kms") }
            return sse == nil ? .bucket : .s3
        }
    }

    private static func lock(_ options: AddressOptions) throws(ObjectStoreError) -> S3Settings.Lock? {
        let mode: S3Settings.Lock.Mode? = try options.choice("lock")
        guard let mode, let text = options["retain"] else {
            guard mode == nil, options["retain"] == nil else {
                throw refusal("the options lock and retain go together: lock=governance&retain=30d", in: options.place)
            }
            return nil
        }
        guard let retention = try? ISODuration.parseLenient(text), retention > .zero else {
            throw options.wrong("retain", "a duration such as 30d")
        }
        return S3Settings.Lock(mode: mode, retention: retention)
    }
}
