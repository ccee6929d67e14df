// SPDX-License-Identifier: Apache-2.0
// Martlet: one step of reading YAML.

/// What was read, and where it begins.
struct YAMLEvent {
    enum Kind: Equatable {
        case streamStart
        case streamEnd
        case documentStart
        case documentEnd
        case scalar(String, isPlain: Bool)
        case alias(String)
        case listStart
        case listEnd
        case mapStart
        case mapEnd
    }

    let kind: Kind
    /// The name by which aliases stand for it.
    let anchor: String?
    /// The line, from 1.
    let line: Int
}
