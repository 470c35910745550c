extension Message {
    /// The stamp of a message from ApplicationService to WaitlistService; nil in messages of earlier versions.
    public var stamp: AllocationStamp? {
        get {
            switch self {
            case .create(let message): message.stamp
            case .update(let message): message.stamp
            case .cancel(let message): message.stamp
            case .response(let message): message.stamp
            case .waiting(let message): message.stamp
            case .notifyFreeSpot(let message):
                message.sent.map { AllocationStamp(sent: $0, release: message.release ?? 0) }
            case .applicationState(let state): state.stamp
            case .waitingListRecord, .spotStatus, .notification, .stateComplete, .webhookSettings, .webhookEvent,
                .resend, .streamHead, .streamApplied:
                nil
            }
        }
        set {
            switch self {
            case .create(var message):
                message.stamp = newValue
                self = .create(message)
            case .update(var message):
                message.stamp = newValue
                self = .update(message)
            case .cancel(var message):
                message.stamp = newValue
                self = .cancel(message)
            case .response(var message):
                message.stamp = newValue
                self = .response(message)
            case .waiting(var message):
                message.stamp = newValue
                self = .waiting(message)
            case .notifyFreeSpot(var message):
                // It has its release already.
                message.sent = newValue?.sent
                self = .notifyFreeSpot(message)
            case .applicationState(var state):
                state.stamp = newValue
                self = .applicationState(state)
            case .waitingListRecord, .spotStatus, .notification, .stateComplete, .webhookSettings, .webhookEvent,
                .resend, .streamHead, .streamApplied:
                break
            }
        }
    }
}
