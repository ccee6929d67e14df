// SPDX-License-Identifier: Apache-2.0
// Martlet: the command line of martlet-bench.

/// What is to be measured, and how often.
struct BenchOptions: Sendable {
    enum Command: Sendable {
        case measure(BenchOptions)
        /// Runs jobs and keeps a record of them; for the rounds of `--peers` in which workers are killed.
        case work
        case help
    }

    /// Rounds of each figure, whose median counts; default 5, at least 1.
    var rounds = 5
    /// Names of the figures to measure; all when empty.
    var only: [String] = []
    /// Whether to measure with less of everything, to see that it works; such figures mean little.
    var isQuick = false
    /// Whether to compare with other job queues, instead of the figures.
    var comparesPeers = false
    /// Where the figures go as JSON.
    var jsonFile: String?
    /// Jobs that the worker runs at once; default 256.
    var concurrency = 256

    static let help = """
        martlet-bench: measures Martlet's release build, each figure beside its ceiling in the same run

          --rounds N       rounds of each figure; the median counts (default 5)
          --only NAME      one figure (repeat for more): \(FigureName.allCases.map(\.rawValue).joined(separator: ", "))
          --quick          less of everything: shows that it works, the figures mean little
          --peers          compares with Sidekiq, awa-pg and pgqueuer instead
          --concurrency N  jobs that a worker runs at once (default 256)
          --json FILE      writes all figures and every round as JSON

        It needs servers that it may fill and flush. ./dev bench starts such servers and sets:
          MARTLET_BENCH_DATABASE_URL, MARTLET_BENCH_REDIS_URL   the servers, as an administrator
          MARTLET_BENCH_BIN                                     the folder of Martlet's programs
          MARTLET_BENCH_PYTHON, MARTLET_BENCH_RUBY, MARTLET_BENCH_PEERS   for --peers
        Settings of Martlet itself (MARTLET_…, LOG_…) are handed on to its programs.
        """

    /// Reads the words after the program's name.
    static func parse(_ words: some Sequence<String>) throws(BenchError) -> Command {
        var options = BenchOptions()
        var rest = Array(words)[...]
        if rest.first == "work" { return .work }
        while let word = rest.popFirst() {
            let (name, given) = split(word)
            switch name {
            case "--rounds": options.rounds = try number(name, given ?? rest.popFirst())
            case "--concurrency": options.concurrency = try number(name, given ?? rest.popFirst())
            case "--only": options.only.append(try figure(given ?? rest.popFirst()))
            case "--json": options.jsonFile = try value(name, given ?? rest.popFirst())
            case "--quick": options.isQuick = true
            case "--peers": options.comparesPeers = true
            case "--help", "-h", "help": return .help
            default: throw BenchError(.usage, "there is no option \"\(word)\"; --help shows all")
            }
        }
        return .measure(options)
    }

    private static func split(_ word: String) -> (name: String, value: String?) {
        guard word.hasPrefix("--"), let mark = word.firstIndex(of: "=") else { return (word, nil) }
        return (String(word[..<mark]), String(word[word.index(after: mark)...]))
    }

    private static func value(_ name: String, _ text: String?) throws(BenchError) -> String {
        guard let text, !text.isEmpty else { throw BenchError(.usage, "\(name) needs a value") }
        return text
    }

    private static func number(_ name: String, _ text: String?) throws(BenchError) -> Int {
        guard let number = Int(try value(name, text)), (1...10_000).contains(number) else {
            throw BenchError(.usage, "\(name) needs a whole number from 1 to 10,000")
        }
        return number
    }

    private static func figure(_ text: String?) throws(BenchError) -> String {
        let name = try value("--only", text)
        guard FigureName(rawValue: name) != nil else {
            let known = FigureName.allCases.map(\.rawValue).joined(separator: ", ")
            throw BenchError(.usage, "there is no figure \"\(name)\"; there are \(known)")
        }
        return name
    }
}
