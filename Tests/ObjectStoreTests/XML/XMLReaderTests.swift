// SPDX-License-Identifier: Apache-2.0
// Martlet: reading the XML of stores.
import TestSupport
import Testing

@testable import ObjectStore

@Suite("XML of stores")
struct XMLReaderTests {
    @Test("An answer as S3 writes it")
    func answer() throws {
        let text = """
            <?xml version="1.0" encoding="UTF-8"?>
            <!-- a comment <with> tags -->
            <s3:List xmlns:s3="http://s3.amazonaws.com/doc/2006-03-01/" a='>'>
              <Key>a &amp; b&#x20AC;&#49;</Key><Empty/><Empty />
              <Owner><ID><![CDATA[<raw> & ]]></ID></Owner>
              <Key> second </Key>
            </s3:List>

            """
        let root = try XMLReader.parse(Array(text.utf8))
        #expect(root.name == "List" && root.text == "")
        #expect(root.all("Key").map(\.text) == ["a & b€1", " second "])
        #expect(root.all("Empty").map(\.text) == ["", ""])
        #expect(root.child("Owner")?["ID"] == "<raw> & ")
        #expect(root["None"] == nil)
    }

    @Test(
        "What is no such XML is refused",
        arguments: [
            "", " ", "text", "<a>", "<a></b>", "<a", "<a>&", "<a>&x;</a>", "<a>&#xD800;</a>", "<a b='></a>", "<a></a>x",
            "<a></a><b/>", "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", "<></>", "<a><![CDATA[</a>", "<a><!-- </a>",
            "<?x",
            "<a>" + String(repeating: "<b>", count: 40) + String(repeating: "</b>", count: 40) + "</a>",
        ]
    )
    func refused(_ text: String) {
        #expect(throws: XMLReader.Trouble.self) { _ = try XMLReader.parse(Array(text.utf8)) }
    }

    @Test("Bytes at random never crash it, and texts survive being written and read", arguments: 0..<50)
    func random(_ seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let pieces = [
            "<", ">", "/", "a", "&", ";", "#", "x", "\"", "'", "<!--", "-->", "<![CDATA[", "]]>", "<a>", "</a>", " ",
        ]
        for _ in 0..<200 {
            let text = (0..<Int.random(in: 0...30, using: &generator)).map { _ in
                pieces.randomElement(using: &generator) ?? ""
            }.joined()
            _ = try? XMLReader.parse(Array(text.utf8))
            let root = try XMLReader.parse(Array("<r>\(text.xmlEscaped)</r>".utf8))
            #expect(root.text == text, "seed \(seed)")
        }
    }
}
