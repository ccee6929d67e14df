// SPDX-License-Identifier: Apache-2.0
// Martlet: settings on a key service.

internal import ObjectStore
internal import Platform
internal import Recovery

/// Keys of AWS KMS, and where that is.
struct KMSSettings: Sendable {
    /// `MARTLET_BACKUP_KMS_KEY`: ids, ARNs or aliases; the first encrypts, all decrypt.
    let keys: [String]
    /// `MARTLET_BACKUP_KMS_REGION`; that of the first key if it is an ARN.
    let region: String
    /// `MARTLET_BACKUP_KMS_ENDPOINT`; AWS' own without it.
    let endpoint: String?

    /// Nil when no key is set.
    init?(_ reader: SettingsReader) {
        keys = reader.list("MARTLET_BACKUP_KMS_KEY", default: [])
        let named = reader.string("MARTLET_BACKUP_KMS_REGION")
        endpoint = reader.url("MARTLET_BACKUP_KMS_ENDPOINT", schemes: ["http", "https"])
        region = named ?? keys.first.flatMap(Self.region) ?? ""
        guard !keys.isEmpty else { return nil }
        if keys.count > KMSKeyService.most {
            reader.report(
                "MARTLET_BACKUP_KMS_KEY",
                problem: "there are \(keys.count) keys",
                allowed: "at most \(KMSKeyService.most)"
            )
        }
        if region.isEmpty {
            reader.report(
                "MARTLET_BACKUP_KMS_REGION",
                problem: "is required and not set, since the key is no ARN",
                allowed: "such as eu-central-1"
            )
        }
    }

    /// The region in `arn:aws:kms:eu-central-1:111122223333:key/…`.
    private static func region(of key: String) -> String? {
        let parts = key.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count >= 6 && parts[0] == "arn" && parts[2] == "kms" ? String(parts[3]) : nil
    }

    /// The service; nothing is asked yet.
    func open() throws(ObjectStoreError) -> KMSKeyService {
        let credentials = try AWSCredentialChain(region: endpoint == nil ? region : nil)
        let client = try AWSClient(region: region, credentials: credentials, endpoint: endpoint)
        do throws(RecoveryError) { return try KMSKeyService(keys, client: client) } catch {
            throw ObjectStoreError(.configuration, error.message, place: "MARTLET_BACKUP_KMS_KEY", cause: error)
        }
    }

    /// The same as options of a command line: none of it is secret.
    var options: [(name: String, value: String)] {
        [("--martlet-backup-kms-key", keys.joined(separator: ",")), ("--martlet-backup-kms-region", region)]
            + (endpoint.map { [("--martlet-backup-kms-endpoint", $0)] } ?? [])
    }
}
