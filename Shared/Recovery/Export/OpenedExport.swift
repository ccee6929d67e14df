// SPDX-License-Identifier: Apache-2.0
// Martlet: exports: made and signed, checked and opened.

/// An export whose signature fits.
public struct OpenedExport: Sendable {
    /// Where, when and by what it was made.
    public let facts: ExportFacts
    /// The id of the key that signed it.
    public let signer: String
    /// What it has.
    public let sections: Set<ExportSection>
    private let document: ExportDocument

    /// Checks signature and form.
    /// - Throws: `.wrongKey` when nobody who is trusted signed it, `.damaged`, `.request` for another version or a
    ///   section that this program does not know.
    public init(_ bytes: [UInt8], trusted: [TrustedKey]) throws(RecoveryError) {
        let signed: SignedDocument
        do throws(FormatFault) { signed = try SignedDocument(stored: bytes) } catch {
            throw RecoveryError(.damaged, "the export can't be read: \(error.message)")
        }
        try signed.verify(trusted)
        document = try ExportDocument.read(signed.body)
        (facts, signer, sections) = (try document.facts(), signed.signer, document.present)
    }

    /// Opens sections; those that it does not have are nil.
    /// - Throws: `.wrongKey` when a section is sealed by a key that is not at hand, `.damaged`.
    public func contents(_ wanted: Set<ExportSection>, keys: KeyRing) throws(RecoveryError) -> ExportContents {
        try document.contents(wanted, keys: keys)
    }

    /// Writes an export: one line of JSON, one with the signature.
    /// - Throws: `.request` when something with secrets has no key to seal it.
    public static func encode(
        _ contents: ExportContents,
        _ facts: ExportFacts,
        keys: KeyRing,
        signedBy key: SigningKey
    ) throws(RecoveryError) -> [UInt8] {
        let document = try ExportDocument(contents, facts, keys: keys)
        return try SignedDocument(try JSONDocument.encode(document), by: key).encoded()
    }
}
