// SPDX-License-Identifier: Apache-2.0
// Martlet: a backup's head and what was wrapped in it.

/// A genuine head and its data key, nil for a backup that is not encrypted.
struct OpenedHead: Sendable {
    let head: BackupHead
    let key: DataKey?
}
