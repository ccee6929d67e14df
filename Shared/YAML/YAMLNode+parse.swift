// SPDX-License-Identifier: Apache-2.0
// Martlet: makes values of what libyaml reads, within bounds.

extension YAMLNode {
    /// The value of a text that is one document in UTF-8; nil when it holds nothing but comments.
    ///
    /// Throws `syntax`, `duplicate` or `tooLarge`, with the line. Tags are not looked at.
    public static func parse(
        _ text: some Sequence<UInt8>,
        limits: YAMLLimits = YAMLLimits()
    ) throws(YAMLError) -> YAMLNode? {
        var composer = YAMLComposer(events: try YAMLEvents(text), limits: limits)
        guard let document = try composer.nextDocument() else { return nil }
        if let line = try composer.nextStart() {
            throw YAMLError(.syntax, "the file holds more than one document: here begins another one", line: line)
        }
        return document
    }

    /// The values of all documents of a text, within the bounds together.
    public static func parseAll(
        _ text: some Sequence<UInt8>,
        limits: YAMLLimits = YAMLLimits()
    ) throws(YAMLError) -> [YAMLNode] {
        var composer = YAMLComposer(events: try YAMLEvents(text), limits: limits)
        var documents: [YAMLNode] = []
        while let document = try composer.nextDocument() { documents.append(document) }
        return documents
    }
}
