// SPDX-License-Identifier: Apache-2.0
// Martlet: credentials for a container: EKS Pod Identity and ECS.
internal import NIOHTTP1
internal import Platform

/// Asks the agent that `AWS_CONTAINER_CREDENTIALS_FULL_URI` (or `…_RELATIVE_URI`) names.
struct ContainerSource: AWSCredentialSource {
    /// The agents of ECS and EKS, to which a token may go in the clear.
    static let agents = ["169.254.170.2", "169.254.170.23", "fd00:ec2::23"]
    /// Bytes of a token.
    static let longestToken = 64 << 10

    let environment: AWSEnvironment
    let http: SourceHTTP

    var name: String { "container" }

    func ask() async throws(AWSSourceTrouble) -> AWSSourceAnswer {
        let url: String
        if let path = environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] {
            url = "http://\(Self.agents[0])\(path)"
        } else if let full = environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] {
            url = full
        } else {
            return .notSetUp("AWS_CONTAINER_CREDENTIALS_FULL_URI is not set")
        }
        try Self.check(url)
        var headers = HTTPHeaders()
        // Read each time: the agent's token is replaced while we run.
        if let file = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] {
            headers.add(name: "authorization", value: try AWSSourceTrouble.text(of: file, limit: Self.longestToken))
        } else if let token = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] {
            headers.add(name: "authorization", value: token)
        }
        let reply = try await http.send(.GET, url, headers)
        guard reply.isSuccess else {
            throw AWSSourceTrouble(message: "the container's agent answered \(reply.status)", isTransient: false)
        }
        return .credentials(try CredentialAnswer.credentials(reply.body))
    }

    /// A token must not go in the clear to anybody but an agent on this machine.
    private static func check(_ text: String) throws(AWSSourceTrouble) {
        func refusal(_ reason: String) -> AWSSourceTrouble {
            AWSSourceTrouble(message: "AWS_CONTAINER_CREDENTIALS_FULL_URI \(reason)", isTransient: false)
        }
        let url: TargetURL
        do throws(TargetURL.Refusal) { url = try TargetURL(reading: text) } catch { throw refusal(error.reason) }
        let host = url.origin.host
        let isLoopback =
            host == "localhost" || host == "::1" || (url.origin.literal?.isIPv4 == true && host.hasPrefix("127."))
        guard url.origin.isSecure || isLoopback || agents.contains(host) else {
            throw refusal("must be https, loopback or the agent of EKS or ECS")
        }
    }
}
