// SPDX-License-Identifier: Apache-2.0
// Martlet: the ways to look whether a backup is good.

/// How a backup was looked at.
public enum CheckKind: String, CaseIterable, Codable, Sendable {
    /// Every stored byte was read and compared with its checksums.
    case verify
    /// It was restored into a scratch server and compared with the manifest.
    case drill
}
