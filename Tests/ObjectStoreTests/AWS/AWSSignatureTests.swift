// SPDX-License-Identifier: Apache-2.0
// Martlet: signatures against the examples that AWS publishes.
import NIOHTTP1
import Platform
import Testing

@testable import ObjectStore

@Suite("Signatures of AWS")
struct AWSSignatureTests {
    /// From "Signature Calculations for the Authorization Header" of the S3 API reference.
    @Test("S3's documented examples", arguments: [S3Example.get, .put, .lifecycle, .list])
    func s3(_ example: S3Example) throws {
        var request = AWSRequest(
            method: example.method,
            host: "examplebucket.s3.amazonaws.com",
            path: example.path.percentEncoded(keepingSlashes: true),
            query: example.query,
            payload: PayloadDigest(of: Array(example.body.utf8)).hex
        )
        for (name, value) in example.headers { request.headers.add(name: name, value: value) }
        let signature = AWSSignature(credentials: S3Example.credentials, region: "us-east-1", service: "s3")
        signature.sign(&request, at: try Timestamp(parsing: "2013-05-24T00:00:00Z"), withPayloadHeader: true)
        #expect(
            request.headers.first(name: "authorization")
                == "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
                + "SignedHeaders=\(example.signedHeaders), Signature=\(example.signature)"
        )
    }

    /// From the suite of test vectors that AWS gave out for Signature Version 4 (`aws-sig-v4-test-suite`).
    @Test("Vectors of the test suite", arguments: SuiteVector.all)
    func suite(_ vector: SuiteVector) throws {
        var request = AWSRequest(
            method: vector.method,
            host: "example.amazonaws.com",
            path: vector.path.percentEncoded(keepingSlashes: true),
            query: vector.query,
            payload: PayloadDigest(of: Array(vector.body.utf8)).hex
        )
        for (name, value) in vector.headers { request.headers.add(name: name, value: value) }
        let credentials = AWSCredentials(
            accessKeyID: "AKIDEXAMPLE",
            secretAccessKey: Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
            sessionToken: vector.token.map { Secret($0) }
        )
        let signature = AWSSignature(credentials: credentials, region: "us-east-1", service: "service")
        signature.sign(&request, at: try Timestamp(parsing: "2015-08-30T12:36:00Z"), withPayloadHeader: false)
        let field = try #require(request.headers.first(name: "authorization"))
        #expect(field.hasSuffix("Signature=\(vector.signature)"), "\(AWSSignature.canonical(request).text)")
    }
}

/// One example of S3's documentation.
struct S3Example: Sendable, CustomTestStringConvertible {
    static let credentials = AWSCredentials(
        accessKeyID: "AKIAIOSFODNN7EXAMPLE",
        secretAccessKey: Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    )

    let testDescription: String
    let method: HTTPMethod
    let path: String
    var query: [(name: String, value: String)] = []
    var headers: [(String, String)] = []
    var body = ""
    var signedHeaders = "host;x-amz-content-sha256;x-amz-date"
    let signature: String

    static let get = S3Example(
        testDescription: "GET object",
        method: .GET,
        path: "/test.txt",
        headers: [("Range", "bytes=0-9")],
        signedHeaders: "host;range;x-amz-content-sha256;x-amz-date",
        signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    )
    static let put = S3Example(
        testDescription: "PUT object",
        method: .PUT,
        path: "/test$file.text",
        headers: [("Date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")],
        body: "Welcome to Amazon S3.",
        signedHeaders: "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
        signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
    )
    static let lifecycle = S3Example(
        testDescription: "GET lifecycle",
        method: .GET,
        path: "/",
        query: [("lifecycle", "")],
        signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"
    )
    static let list = S3Example(
        testDescription: "list objects",
        method: .GET,
        path: "/",
        query: [("max-keys", "2"), ("prefix", "J")],
        signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
    )
}

/// One vector of the test suite.
struct SuiteVector: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var method = HTTPMethod.GET
    var path = "/"
    var query: [(name: String, value: String)] = []
    var headers: [(String, String)] = []
    var body = ""
    var token: String?
    let signature: String

    static let all = [
        SuiteVector(
            testDescription: "get-vanilla",
            signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
        ),
        SuiteVector(
            testDescription: "get-vanilla-query-order-key-case",
            query: [("Param2", "value2"), ("Param1", "value1")],
            signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"
        ),
        SuiteVector(
            testDescription: "get-unreserved",
            path: "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
            signature: "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"
        ),
        SuiteVector(
            testDescription: "get-utf8",
            path: "/\u{1234}",
            signature: "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"
        ),
        SuiteVector(
            testDescription: "post-vanilla",
            method: .POST,
            signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"
        ),
        SuiteVector(
            testDescription: "post-header-key-sort",
            method: .POST,
            headers: [("My-Header1", "value1")],
            signature: "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"
        ),
        SuiteVector(
            testDescription: "get-header-value-multiline and -trim",
            headers: [("My-Header1", " value1"), ("My-Header2", " \"a   b   c\"")],
            signature: "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"
        ),
        SuiteVector(
            testDescription: "post-x-www-form-urlencoded",
            method: .POST,
            headers: [("Content-Type", "application/x-www-form-urlencoded")],
            body: "Param1=value1",
            signature: "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"
        ),
        SuiteVector(
            testDescription: "post-sts-header-before",
            method: .POST,
            token:
                "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTf"
                + "lfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9"
                + "HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KS"
                + "YvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==",
            signature: "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"
        ),
    ]
}
