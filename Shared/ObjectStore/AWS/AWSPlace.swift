// SPDX-License-Identifier: Apache-2.0
// Martlet: the hosts of AWS.

/// Names of AWS' own hosts.
enum AWSPlace {
    /// `kms.eu-central-1.amazonaws.com`; China has a domain of its own.
    static func host(_ service: String, _ region: String) -> String {
        "\(service).\(region).amazonaws.com" + (region.hasPrefix("cn-") ? ".cn" : "")
    }

    /// Whether a text may be a region's name: letters, digits and `-`.
    static func isRegion(_ text: String) -> Bool {
        (1...40).contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
    }
}
