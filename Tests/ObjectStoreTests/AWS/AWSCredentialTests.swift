// SPDX-License-Identifier: Apache-2.0
// Martlet: credentials from each of their sources.
import Platform
import TestSupport
import Testing

@testable import ObjectStore

@Suite("Sources of AWS credentials")
struct AWSCredentialTests {
    private static let answer =
        #"{"Code":"Success","AccessKeyId":"ASIA1","SecretAccessKey":"s3cr3t","Token":"t0ken","#
        + #""Expiration":"2099-01-01T00:00:00Z"}"#
    private static let wanted = AWSCredentials(
        accessKeyID: "ASIA1",
        secretAccessKey: Secret("s3cr3t"),
        sessionToken: Secret("t0ken"),
        expires: Timestamp(seconds: 4_070_908_800)
    )

    @Test("Without any source, the error names all of them and why each gives nothing")
    func none() async throws {
        let port = try ClusterPort.free()
        let chain = try self.chain(["AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:\(port)"])
        let trouble = await failure { () throws(ObjectStoreError) in _ = try await chain.current() }
        #expect(trouble?.code == .denied)
        let text = try #require(trouble?.message)
        print("no credentials: \(text)")
        for part in [
            "environment (AWS_ACCESS_KEY_ID is not set)", "web identity (AWS_WEB_IDENTITY_TOKEN_FILE is not set)",
            "container (AWS_CONTAINER_CREDENTIALS_FULL_URI is not set)",
            "instance (no metadata service answers: the connection was refused)",
        ] { #expect(text.contains(part)) }
    }

    @Test("The environment comes first, and half of it is an error")
    func environment() async throws {
        let chain = try chain([
            "AWS_ACCESS_KEY_ID": "AKIA1", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t", "AWS_ROLE_ARN": "x",
        ])
        let credentials = try await chain.current()
        #expect(
            credentials == AWSCredentials(accessKeyID: "AKIA1", secretAccessKey: Secret("s"), sessionToken: Secret("t"))
        )
        #expect(!"\(credentials)".contains("s\""))
        let half = try self.chain(["AWS_ACCESS_KEY_ID": "AKIA1", "AWS_SECRET_ACCESS_KEY": ""])
        let trouble = await failure { () throws(ObjectStoreError) in _ = try await half.current() }
        #expect(trouble?.code == .denied && trouble?.message.contains("AWS_SECRET_ACCESS_KEY is not") == true)
    }

    @Test("Each may be a file, which is read anew")
    func files() async throws {
        let folder = try TestFolder()
        try folder.write("id", "AKIA1\n")
        try folder.write("key", "s")
        let names = ["AWS_ACCESS_KEY_ID_FILE": folder.path + "/id", "AWS_SECRET_ACCESS_KEY_FILE": folder.path + "/key"]
        let credentials = try await chain(names).current()
        #expect(credentials == AWSCredentials(accessKeyID: "AKIA1", secretAccessKey: Secret("s"), sessionToken: nil))
        for (text, part) in [("", "has not one line"), ("a\nb\n", "has not one line")] {
            try folder.write("key", text)
            let wrong = try chain(names)
            let trouble = await failure { () throws(ObjectStoreError) in _ = try await wrong.current() }
            #expect(
                trouble?.message.contains(part) == true
                    && trouble?.message.contains("AWS_SECRET_ACCESS_KEY_FILE") == true
            )
        }
        let absent = try chain(names.merging(["AWS_ACCESS_KEY_ID_FILE": folder.path + "/none"]) { $1 })
        let trouble = await failure { () throws(ObjectStoreError) in _ = try await absent.current() }
        #expect(trouble?.message.contains("No such file") == true, "\(String(describing: trouble))")
    }

    @Test("Web identity (IRSA) through STS", .enabled(if: ClusterMoto.program != nil, "\(ClusterMoto.reason)"))
    func webIdentity() async throws {
        let folder = try TestFolder()
        try folder.write("token", "header.claims.signature\n")
        let chain = try chain([
            "AWS_ENDPOINT_URL_STS": try await ClusterMoto.shared.value.endpoint,
            "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/backup",
            "AWS_WEB_IDENTITY_TOKEN_FILE": folder.path + "/token",
        ])
        let credentials = try await chain.current()
        #expect(credentials.accessKeyID.hasPrefix("ASIA") && credentials.sessionToken != nil)
        let life = try #require(credentials.expires) - Timestamp.now()
        #expect(life > .seconds(3000) && life < .seconds(4000))
    }

    @Test("What STS refuses is told with the role, and no other source is asked")
    func refusedByIdentity() async throws {
        let folder = try TestFolder()
        try folder.write("token", "header.claims.signature")
        let body = """
            <ErrorResponse><Error><Type>Sender</Type><Code>InvalidIdentityToken</Code><Message>expired</Message></Error>\
            </ErrorResponse>
            """
        try await StubServer.with { _ in
            .init(status: 400, body: body)
        } _: { stub in
            let chain = try chain([
                "AWS_ENDPOINT_URL_STS": stub.endpoint, "AWS_ROLE_ARN": "arn:role/backup",
                "AWS_WEB_IDENTITY_TOKEN_FILE": folder.path + "/token",
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": stub.endpoint + "/never",
            ])
            let trouble = await failure { () throws(ObjectStoreError) in _ = try await chain.current() }
            #expect(
                trouble?.message
                    == "the source 'web identity' fails: STS refuses the role arn:role/backup: InvalidIdentityToken: expired"
            )
            #expect(
                stub.all.count == 1
                    && String(decoding: stub.all[0].body, as: UTF8.self).contains(
                        "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Arole%2Fbackup&"
                    )
            )
            let lost = try self.chain([
                "AWS_ROLE_ARN": "arn:role/backup", "AWS_WEB_IDENTITY_TOKEN_FILE": folder.path + "/none",
            ])
            let missing = await failure { () throws(ObjectStoreError) in _ = try await lost.current() }
            #expect(missing?.message.contains("/none: No such file") == true, "\(String(describing: missing))")
        }
    }

    @Test("A service account's token goes in the clear to no other machine")
    func clearSTS() async throws {
        let folder = try TestFolder()
        try folder.write("token", "header.claims.signature")
        let chain = try chain([
            "AWS_ENDPOINT_URL_STS": "http://sts.example.com", "AWS_ROLE_ARN": "r",
            "AWS_WEB_IDENTITY_TOKEN_FILE": folder.path + "/token",
        ])
        let trouble = await failure { () throws(ObjectStoreError) in _ = try await chain.current() }
        #expect(
            trouble?.message.contains("AWS_ENDPOINT_URL_STS must be https") == true,
            "\(String(describing: trouble))"
        )
    }

    @Test("A container's agent (EKS Pod Identity), with its token from a file that changes")
    func container() async throws {
        let folder = try TestFolder()
        try folder.write("token", "first\n")
        let counter = Counter()
        try await StubServer.with { request in
            guard request.headers["authorization"] == (counter.next() > 2 ? "second" : "first") else {
                return .init(status: 401)
            }
            return counter.value == 1 ? .init(status: 503) : .init(body: Self.answer)
        } _: { stub in
            let environment = [
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": stub.endpoint + "/v1/credentials",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": folder.path + "/token",
            ]
            #expect(try await chain(environment).current() == Self.wanted)
            try folder.write("token", "second")
            #expect(try await chain(environment).current() == Self.wanted)
            try folder.write("token", "third")
            let chain = try chain(environment)
            let trouble = await failure { () throws(ObjectStoreError) in _ = try await chain.current() }
            #expect(trouble?.message == "the source 'container' fails: the container's agent answered 401")
        }
    }

    @Test(
        "A token goes in the clear to agents of this machine only",
        arguments: [
            "http://example.com/x", "http://10.0.0.1/x", "http://169.254.170.99/x", "ftp://x", "http://evil@127.0.0.1/",
        ]
    )
    func clearText(_ url: String) async throws {
        let chain = try chain(["AWS_CONTAINER_CREDENTIALS_FULL_URI": url, "AWS_CONTAINER_AUTHORIZATION_TOKEN": "t"])
        let trouble = await failure { () throws(ObjectStoreError) in _ = try await chain.current() }
        #expect(
            trouble?.message.contains("AWS_CONTAINER_CREDENTIALS_FULL_URI must") == true,
            "\(String(describing: trouble))"
        )
    }

    @Test("An instance's metadata service, version 2")
    func instance() async throws {
        try await StubServer.with { request in
            let isKnown = request.headers["x-aws-ec2-metadata-token"] == "metadata-token"
            switch (request.method, request.target) {
            case ("PUT", "/latest/api/token") where request.headers["x-aws-ec2-metadata-token-ttl-seconds"] == "21600":
                return .init(body: "metadata-token")
            case ("GET", "/latest/meta-data/iam/security-credentials/") where isKnown: return .init(body: "the-role\n")
            case ("GET", "/latest/meta-data/iam/security-credentials/the-role") where isKnown:
                return .init(body: Self.answer)
            default: return .init(status: 401)
            }
        } _: { stub in
            let environment = ["AWS_EC2_METADATA_SERVICE_ENDPOINT": stub.endpoint]
            #expect(try await chain(environment).current() == Self.wanted)
            #expect(stub.all.count == 3)
            let off = try chain(environment.merging(["AWS_EC2_METADATA_DISABLED": "TRUE"]) { $1 })
            let trouble = await failure { () throws(ObjectStoreError) in _ = try await off.current() }
            #expect(trouble?.message.contains("instance (AWS_EC2_METADATA_DISABLED is true)") == true)
        }
    }

    @Test("A metadata service that is silent costs seconds, not minutes")
    func silent() async throws {
        try await StubServer.with { _ in
            .init(isSilent: true)
        } _: { stub in
            let chain = try chain(["AWS_EC2_METADATA_SERVICE_ENDPOINT": stub.endpoint])
            let start = ContinuousClock.now
            let trouble = await failure { () throws(ObjectStoreError) in _ = try await chain.current() }
            #expect(trouble?.code == .denied && ContinuousClock.now - start < .seconds(20))
        }
    }

    private func chain(_ environment: [String: String]) throws(ObjectStoreError) -> AWSCredentialChain {
        try AWSCredentialChain(region: nil, environment: AWSEnvironment(environment))
    }
}
