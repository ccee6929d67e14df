// SPDX-License-Identifier: Apache-2.0
// Martlet: the repository whose files tests look at.

/// The checkout that these tests were built from.
public enum Repository {
    /// Its folder.
    public static let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
}
