import NotifierDomain

/// Posts deliveries to their receivers.
protocol WebhookSender: Sendable {
    /// Makes one attempt, within the time that an attempt may take. If the task is cancelled, it gives up at once; the
    /// outcome then does not matter.
    func send(_ attempt: DeliveryAttempt) async -> AttemptOutcome

    /// Closes all connections; after it nothing can be sent.
    func shutdown() async
}
