// SPDX-License-Identifier: Apache-2.0
// Martlet: how a run of the program should end.

import TestSupport
import Testing

/// Expects a run to end with a code, and to say a word.
func expect(
    _ code: Int32,
    _ word: String,
    _ run: BackupScene.Run,
    _ location: SourceLocation = #_sourceLocation
) {
    #expect(run.end == .code(code), "\(run.text)", sourceLocation: location)
    #expect(run.text.contains(word), "\(run.text)", sourceLocation: location)
}
