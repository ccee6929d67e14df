// SPDX-License-Identifier: Apache-2.0
// Martlet: the HTTP request that delivers a notification, ready to be sent.

/// One HTTP request; its address and its body may hold secrets, so that neither is printed.
public struct OutgoingRequest: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
    /// One header of a request.
    public struct Header: Sendable, Equatable {
        /// The name, in lower case.
        public var name: String
        /// The value, printable ASCII.
        public var value: String

        /// Makes a header.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The method, `POST` for all channels.
    public var method: String
    /// The whole address.
    public var url: String
    /// The headers, without those that the HTTP client sets (`host`, `content-length`).
    public var headers: [Header]
    /// The body.
    public var body: [UInt8]

    /// Makes a request.
    public init(method: String = "POST", url: String, headers: [Header], body: [UInt8]) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }

    /// Makes the request that posts JSON, with the message's id for receivers that tell repeats by it.
    init(url: String, id: String, json: [UInt8]) {
        let key = id.singleLine(bytes: 255).filter { $0.isASCII }
        self.init(
            url: url,
            headers: [
                Header("content-type", "application/json"), Header("user-agent", "martlet"),
                Header("idempotency-key", key),
            ],
            body: json
        )
    }

    /// The value of the first header of a name in lower case.
    public func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// Method, scheme and host.
    public var description: String { "\(method) \(WebAddress.origin(of: url))" }
    /// Shows no children.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
