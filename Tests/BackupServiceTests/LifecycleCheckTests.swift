// SPDX-License-Identifier: Apache-2.0
// Martlet: a bucket's rules, judged.

import Testing

@testable import BackupService
@testable import ObjectStore

@Suite("What check says of a bucket's rules")
struct LifecycleCheckTests {
    private func grades(_ rules: String..., versions: Bool? = false, prefix: String = "martlet/") throws
        -> [CheckFinding.Grade]
    {
        let document = try XMLReader.parse(Array("<R>\(rules.map { "<Rule>\($0)</Rule>" }.joined())</R>".utf8))
        let lifecycle = BucketLifecycle(
            rules: document.all("Rule").compactMap { BucketLifecycle.Rule($0) },
            keepsVersions: versions
        )
        return LifecycleCheck(lifecycle: lifecycle, prefix: prefix).findings("s3://bucket").map(\.grade)
    }

    private static let on = "<Status>Enabled</Status>"
    private static let ends =
        "<NoncurrentVersionExpiration><NoncurrentDays>30</NoncurrentDays></NoncurrentVersionExpiration>"
    private static let expires = "<Expiration><Days>30</Days></Expiration>"

    @Test(arguments: [
        "<Prefix></Prefix>", "<Prefix>mart</Prefix>", "<Filter><Prefix>martlet/</Prefix></Filter>",
        "<Filter><Prefix>martlet/77</Prefix></Filter>", "<Filter><Prefix>martlet/77/wal/</Prefix></Filter>",
        "<Filter/>",
        "<Filter><And><Prefix>martlet/</Prefix><ObjectSizeGreaterThan>9</ObjectSizeGreaterThan></And></Filter>",
    ])
    func whatRemovesBackupsIsAProblem(_ filter: String) throws {
        #expect(try grades(Self.on + filter + Self.expires) == [.problem])
        #expect(
            try grades(Self.on + filter + "<Expiration><Date>2027-01-01T00:00:00Z</Date></Expiration>") == [.problem]
        )
        #expect(
            try grades("<Status> Enabled </Status>" + filter + Self.expires, versions: nil) == [.problem, .attention]
        )
        #expect(try grades("<Status>Disabled</Status>" + filter + Self.expires) == [.good])
    }

    @Test(arguments: [
        "<Filter><Prefix>logs/</Prefix></Filter>", "<Filter><Prefix>martlet/tmp/</Prefix></Filter>",
        "<Filter><Tag><Key>a</Key><Value>b</Value></Tag></Filter>",
        "<Filter><And><Prefix>martlet/</Prefix><Tag><Key>a</Key><Value>b</Value></Tag></And></Filter>",
    ])
    func whatReachesNoneOfOursIsGood(_ filter: String) throws {
        #expect(try grades(Self.on + filter + Self.expires) == [.good])
    }

    @Test func atTheRootOnlyRulesForSystemsReachUs() throws {
        #expect(try grades(Self.on + "<Prefix>logs/</Prefix>" + Self.expires, prefix: "") == [.good])
        #expect(try grades(Self.on + "<Prefix>7713/</Prefix>" + Self.expires, prefix: "") == [.problem])
        #expect(try grades(Self.on + "<Prefix></Prefix>" + Self.expires, prefix: "") == [.problem])
    }

    @Test func oldVersionsMustEndAllOfThem() throws {
        let newer = "<NewerNoncurrentVersions>5</NewerNoncurrentVersions></NoncurrentVersionExpiration>"
        let sizes = "<Filter><And><Prefix>martlet/</Prefix><ObjectSizeLessThan>9</ObjectSizeLessThan></And></Filter>"
        #expect(try grades(versions: true) == [.attention])
        #expect(try grades(Self.on + Self.ends, versions: true) == [.good])
        #expect(try grades(Self.on + sizes + Self.ends, versions: true) == [.attention])
        #expect(try grades(Self.on + "<Prefix>martlet/77/</Prefix>" + Self.ends, versions: true) == [.attention])
        let some = Self.ends.replacing("</NoncurrentVersionExpiration>", with: newer)
        #expect(try grades(Self.on + some, versions: true) == [.attention])
    }

    @Test func whatIsNotUnderstoodIsNotCalledGood() throws {
        #expect(try grades("<Action><Delete/></Action><Condition><Age>30</Age></Condition>") == [.attention])
        #expect(try grades(Self.on + "<Vanish><Days>1</Days></Vanish>") == [.attention])
        #expect(try grades(versions: nil) == [.attention])
    }

    @Test func frozenClassesAreWorthAThought() throws {
        func move(_ name: String) -> String {
            "<Transition><Days>9</Days><StorageClass>\(name)</StorageClass></Transition>"
        }
        #expect(try grades(Self.on + move("DEEP_ARCHIVE")) == [.attention])
        #expect(try grades(Self.on + move("GLACIER_IR")) == [.good])
    }
}
