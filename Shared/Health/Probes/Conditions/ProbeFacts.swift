// SPDX-License-Identifier: Apache-2.0
// Martlet: all that a probe may find out, for conditions to look at.
internal import Platform

/// What was found; each kind of probe fills in its part.
struct ProbeFacts: Sendable {
    var latency: Duration
    var status: Int?
    /// Names in lower case.
    var headers: [(name: String, value: String)] = []
    /// The bytes behind `body`, `output` and `json`.
    var document: [UInt8]?
    var certificateExpiry: Timestamp?
    var value: Double?
    /// A value that is not a number, as text.
    var valueText: String?
    var count: Int?
    var exit: Int?
    var rcode: String?
    var answers: [String]?
    /// Percent.
    var loss: Double?
    var info: [String: String] = [:]
    /// The time that expiry is measured from.
    var now = Timestamp.now()

    init(latency: Duration) { self.latency = latency }

    /// What a subject stands for; `json` is the parsed document.
    func fact(_ subject: ConditionSubject, _ json: () -> Result<JSONValue, JSONTrouble>?) -> Fact {
        switch subject {
        case .status: number(status.map(Double.init))
        case .count: number(count.map(Double.init))
        case .exit: number(exit.map(Double.init))
        case .loss: number(loss)
        case .value: value.map { .number($0) } ?? valueText.map { .text($0) } ?? .missing(nil)
        case .latency: .duration(latency)
        case .certificate: certificateExpiry.map { .duration($0 - now) } ?? .missing(nil)
        case .body, .output: document.map { .text(String(decoding: $0, as: UTF8.self)) } ?? .missing(nil)
        case .rcode: rcode.map { .text($0) } ?? .missing(nil)
        case .answers: answers.map { .list($0) } ?? .missing(nil)
        case .info(let field): info[field].map { .text($0) } ?? .missing(nil)
        case .header(let name): header(name)
        case .json(let path):
            switch json() {
            case .success(let root)?: path.look(into: root).map(Fact.init(json:)) ?? .missing(nil)
            case .failure(let trouble)?: .missing("the text is not JSON: \(trouble)")
            case nil: .missing(nil)
            }
        }
    }

    private func number(_ value: Double?) -> Fact { value.map { .number($0) } ?? .missing(nil) }

    private func header(_ name: String) -> Fact {
        let values = headers.filter { $0.name == name }.map(\.value)
        return values.isEmpty ? .missing(nil) : .text(values.joined(separator: ", "))
    }
}
