// SPDX-License-Identifier: Apache-2.0
// Martlet: a connection's settings for a program that connects by itself.

extension PostgresConfiguration {
    /// libpq's keywords and their values as the connection string sets them, sorted, with ``database`` taken over.
    ///
    /// Bears the password: write it where only the program reads it, and never log it.
    public var keywords: [(name: String, value: String)] {
        get throws(PostgresError) {
            var values = try ConnectionString.parse(conninfo)
            if let database { values["dbname"] = database }
            values["application_name"] = values["application_name"] ?? applicationName
            values["connect_timeout"] =
                values["connect_timeout"] ?? String(max(2, (connectTimeout.wholeMilliseconds + 999) / 1_000))
            return values.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
        }
    }
}
