// SPDX-License-Identifier: Apache-2.0
// Martlet: puts events together to values, and aliases in their places.

/// Composes documents; what an alias stands for is shared in memory, and counted as often as it stands there.
struct YAMLComposer: ~Copyable {
    /// A value with what it adds to the bounds.
    private struct Measured {
        let node: YAMLNode
        /// How many values it holds, itself included.
        let count: Int
        /// How many levels are below it.
        let height: Int
    }

    private var events: YAMLEvents
    private let limits: YAMLLimits
    private var count = 0
    private var anchors: [String: Measured] = [:]

    init(events: consuming YAMLEvents, limits: YAMLLimits) {
        self.events = events
        self.limits = limits
    }

    /// The next document; nil at the end.
    mutating func nextDocument() throws(YAMLError) -> YAMLNode? {
        guard try nextStart() != nil else { return nil }
        return try compose(try events.next(), level: 0).node
    }

    /// The line where the next document begins, whose value is to be composed then; nil at the end.
    mutating func nextStart() throws(YAMLError) -> Int? {
        anchors = [:]
        while true {
            let event = try events.next()
            switch event.kind {
            case .streamStart, .documentEnd: continue
            case .documentStart: return event.line
            default: return nil
            }
        }
    }

    private mutating func compose(_ event: YAMLEvent, level: Int) throws(YAMLError) -> Measured {
        let before = count
        try add(1, below: level, line: event.line)
        var height = 0
        let content: YAMLNode.Content
        switch event.kind {
        case .alias(let name):
            // An anchor is known when its value is whole: none holds itself.
            guard let known = anchors[name] else {
                throw YAMLError(.syntax, "the file is not YAML: *\(name) stands for nothing", line: event.line)
            }
            try add(known.count - 1, below: level + known.height, line: event.line)
            return known
        case .scalar(let text, let isPlain): content = .scalar(text, isPlain: isPlain)
        case .listStart:
            var values: [YAMLNode] = []
            while case let event = try events.next(), event.kind != .listEnd {
                let value = try compose(event, level: level + 1)
                height = max(height, value.height + 1)
                values.append(value.node)
            }
            content = .list(values)
        case .mapStart:
            var members: [YAMLNode.Member] = []
            while case let event = try events.next(), event.kind != .mapEnd {
                let name = try compose(event, level: level + 1)
                guard name.node.text.map({ $0.utf8.count <= limits.nameBytes }) ?? true else {
                    throw YAMLError(.tooLarge, "a name is longer than \(limits.nameBytes) bytes", line: event.line)
                }
                let value = try compose(try events.next(), level: level + 1)
                height = max(height, name.height + 1, value.height + 1)
                members.append(YAMLNode.Member(name: name.node, value: value.node))
            }
            try refuseDuplicates(members, line: event.line)
            content = .map(members)
        default: throw YAMLError(.syntax, "the file is not YAML: a value is missing", line: event.line)
        }
        let made = Measured(
            node: YAMLNode(content: content, line: event.line),
            count: count - before,
            height: height
        )
        if let anchor = event.anchor { anchors[anchor] = made }
        return made
    }

    private mutating func add(_ values: Int, below level: Int, line: Int) throws(YAMLError) {
        count += values
        guard count <= limits.values, level <= limits.levels else {
            throw YAMLError(.tooLarge, "the file is too large or too deep", line: line)
        }
    }

    private func refuseDuplicates(_ members: [YAMLNode.Member], line: Int) throws(YAMLError) {
        var seen: Set<String> = []
        let twice = members.compactMap(\.name.text).filter { !seen.insert($0).inserted }
        guard twice.isEmpty else {
            let names = Set(twice).sorted().map { "\"\($0)\"" }.joined(separator: ", ")
            throw YAMLError(.duplicate, "\(names) stands twice in the map that begins here", line: line)
        }
    }
}
