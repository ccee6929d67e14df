// SPDX-License-Identifier: Apache-2.0
// Martlet: swift-log's back end: one JSON or text line for each event.
public import Logging

/// The log handler of all Martlet processes; made by ``LogSink``.
public struct LineLogHandler: LogHandler {
    private let label: String
    private let sink: LogSink
    private var ownLevel: Logger.Level?

    /// Metadata of every line of this logger.
    public var metadata: Logger.Metadata = [:]
    /// More metadata, asked for at each line; ``LogContext`` needs no provider here.
    public var metadataProvider: Logger.MetadataProvider?

    init(label: String, sink: LogSink) {
        self.label = label
        self.sink = sink
    }

    /// This logger's own level if one was set, otherwise the level of the process.
    public var logLevel: Logger.Level {
        get { ownLevel ?? sink.level.level }
        set { ownLevel = newValue }
    }

    /// One item of ``metadata``.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes one line; a metadata item of the event wins over the provider's, which wins over the logger's.
    public func log(event: LogEvent) {
        var all = metadata
        if let provided = metadataProvider?.get(), !provided.isEmpty { all.merge(provided) { $1 } }
        if let own = event.metadata, !own.isEmpty { all.merge(own) { $1 } }
        sink.write(label: label, event: event, metadata: all)
    }
}
