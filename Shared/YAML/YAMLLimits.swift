// SPDX-License-Identifier: Apache-2.0
// Martlet: how much a text may hold.

/// The bounds of what is read; what an alias stands for counts each time.
public struct YAMLLimits: Sendable {
    /// The most values: 200,000.
    public var values = 200_000
    /// The deepest nesting: 32 levels below the first.
    public var levels = 32

    /// The longest name in a map: 256 bytes. Whoever reads a map names each value by its whole path.
    public var nameBytes = 256

    /// The bounds that hold for every file of Martlet's.
    public init() {}
}
