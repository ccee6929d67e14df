// SPDX-License-Identifier: Apache-2.0
// Martlet: configuration files: read for an export, and written by an import where there are none.
internal import Glibc
internal import Platform

/// The files' part of exports and imports.
public enum FileImport {
    /// Bytes that a file may have: configuration is small.
    public static let largest = 1 << 20

    /// Reads files for an export.
    /// - Throws: `.request`, which names the file that can't be read.
    public static func read(_ paths: [String]) throws(RecoveryError) -> [ExportedFile] {
        var files: [ExportedFile] = []
        for path in paths {
            do throws(PlatformError) {
                files.append(ExportedFile(path: path, content: try FileText.bytes(path: path, limit: largest)))
            } catch {
                throw RecoveryError(.request, "a file can't be exported: \(error)", cause: error)
            }
        }
        return files
    }

    /// Finds out which files differ, and writes those that are not here if that is wanted.
    /// - Throws: `.disk`, which names the file.
    public static func run(_ files: [ExportedFile], applies: Bool) throws(RecoveryError) -> SectionPlan {
        let here = try read(files.map(\.path).filter { access($0, F_OK) == 0 })
        let difference = RowDifference(given: files, here: here)
        if applies {
            for file in difference.added { try NewFile.write(Array(file.content), to: file.path) }
        }
        return SectionPlan(.files, difference, prunes: false, overwrites: false)
    }
}
