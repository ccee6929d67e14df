// SPDX-License-Identifier: Apache-2.0
// Martlet: programs of the tests' Python environment.

import Glibc

/// Finds programs beside the interpreter that `./dev test` names, or in `PATH`.
public enum PythonPrograms {
    /// The path of a program; nil if it is in neither.
    public static func find(_ program: String) -> String? {
        if let python = getenv("MARTLET_TEST_PYTHON").map({ String(cString: $0) }),
            let slash = python.lastIndex(of: "/")
        {
            let path = python[...slash] + program
            if access(String(path), X_OK) == 0 { return String(path) }
        }
        return TestRedis.find(program)
    }
}
