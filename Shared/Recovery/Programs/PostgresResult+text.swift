// SPDX-License-Identifier: Apache-2.0
// Martlet: a result as texts.
internal import Postgres

extension PostgresResult {
    /// All rows; NULL is an empty text.
    func textRows() throws(RecoveryError) -> [[String]] {
        do throws(PostgresError) {
            var rows: [[String]] = []
            for row in 0..<rowCount {
                var values: [String] = []
                for column in 0..<columnCount { values.append(try optionalString(row, column) ?? "") }
                rows.append(values)
            }
            return rows
        } catch {
            throw RecoveryError(error)
        }
    }
}
