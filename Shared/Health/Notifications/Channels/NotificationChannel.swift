// SPDX-License-Identifier: Apache-2.0
// Martlet: something that turns notifications into HTTP requests.
public import Platform

/// A service that hears notifications over HTTP: knows its format and what its answers mean, and sends nothing itself.
public protocol NotificationChannel: Sendable {
    /// The request that delivers a message; `now` is the time of this attempt.
    func request(for message: NotificationMessage, now: Timestamp) -> OutgoingRequest

    /// What the service's answer means.
    func verdict(on answer: ChannelAnswer, now: Timestamp) -> DeliveryVerdict
}
