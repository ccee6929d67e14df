// SPDX-License-Identifier: Apache-2.0
// Martlet: commands that are short enough to be written in one line.

extension RedisCommand {
    /// Starts a command with text arguments.
    public init(_ name: String, _ first: String, _ arguments: String...) {
        self.init(name, argumentCapacity: arguments.count + 1)
        append(first)
        for argument in arguments { append(argument) }
    }

    /// Starts a command with one integer argument.
    public init(_ name: String, _ argument: Int) {
        self.init(name, argumentCapacity: 1)
        append(argument)
    }

    /// Starts a command with a list of text arguments, for example keys.
    public init(_ name: String, list: [String]) {
        self.init(name, argumentCapacity: list.count)
        for argument in list { append(argument) }
    }
}
