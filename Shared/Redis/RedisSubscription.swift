// SPDX-License-Identifier: Apache-2.0
// Martlet: the endless sequence of a subscription's events.

internal import Logging
internal import NIOCore
internal import Synchronization

/// The events of some channels; ends only when the reading task is cancelled.
public struct RedisSubscription: AsyncSequence, Sendable {
    /// One event.
    public typealias Element = RedisSubscriberEvent
    /// Reading never fails; lost connections are made anew.
    public typealias Failure = Never

    let subscriber: RedisSubscriber
    let channels: [String]
    let patterns: [String]
    let bufferLimit: Int

    /// Starts reading; connects at the first call of `next`.
    public func makeAsyncIterator() -> Iterator { Iterator(subscription: self) }

    /// Reads the events of one subscription.
    public struct Iterator: AsyncIteratorProtocol {
        private let subscription: RedisSubscription
        private var feed: SubscriptionFeed?
        private var confirmations = 0
        private var isConfirmed = false
        private var wasSubscribed = false
        private var failures = 0

        init(subscription: RedisSubscription) {
            self.subscription = subscription
        }

        /// The next event, or nil when the task was cancelled.
        public mutating func next(isolation actor: isolated (any Actor)?) async -> RedisSubscriberEvent? {
            while !Task.isCancelled {
                guard let feed else {
                    await connect(isolation: actor)
                    continue
                }
                if feed.hasDropped {
                    // The confirmation may be among what was dropped.
                    guard isConfirmed else { return confirm() }
                    return .overflowed(dropped: feed.takeDropped())
                }
                guard let reply = await feed.next() else {
                    self.feed = nil
                    if !Task.isCancelled { subscription.subscriber.logger.debug("redis subscription lost") }
                    continue
                }
                if let event = interpret(reply) { return event }
            }
            feed = nil
            return nil
        }

        private mutating func connect(isolation actor: isolated (any Actor)?) async {
            if failures > 0 {
                let backoff = subscription.subscriber.connector.configuration.backoff
                try? await Task.sleep(for: backoff.delay(afterFailures: failures))
                guard !Task.isCancelled else { return }
            }
            // Counted as a failure until the server has confirmed the subscription.
            failures += 1
            confirmations = 0
            isConfirmed = false
            do throws(RedisError) {
                feed = try await SubscriptionFeed(subscription)
            } catch {
                guard error.code != .cancelled else { return }
                let level: Logger.Level = failures & (failures - 1) == 0 ? .warning : .debug
                subscription.subscriber.logger.log(
                    level: level,
                    "redis subscription failed",
                    metadata: ["error": "\(error)", "failures": "\(failures)"]
                )
            }
        }

        private mutating func interpret(_ reply: RedisValue) -> RedisSubscriberEvent? {
            guard case .array(let parts) = reply, let kind = parts.first?.string else {
                // For example NOPERM for a channel: the whole subscription is tried again later.
                if let error = reply.serverError {
                    subscription.subscriber.logger.warning(
                        "redis subscription refused",
                        metadata: ["error": "\(error)"]
                    )
                    feed = nil
                }
                return nil
            }
            switch kind {
            case "message" where parts.count == 3:
                return .message(channel: parts[1].string ?? "", payload: parts[2].buffer ?? ByteBuffer())
            case "pmessage" where parts.count == 4:
                return .message(channel: parts[2].string ?? "", payload: parts[3].buffer ?? ByteBuffer())
            case "subscribe", "psubscribe":
                confirmations += 1
                let isLast = confirmations == subscription.channels.count + subscription.patterns.count
                return isLast && !isConfirmed ? confirm() : nil
            default: return nil
            }
        }

        private mutating func confirm() -> RedisSubscriberEvent {
            isConfirmed = true
            failures = 0
            defer { wasSubscribed = true }
            return wasSubscribed ? .resubscribed : .subscribed
        }
    }
}
