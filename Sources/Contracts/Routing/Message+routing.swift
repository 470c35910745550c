extension Message {
    /// The key that decides the message's partition of `service` (contract section 3): the application's id, in
    /// NotifierService the user's id, or the application's if the message names no user; of webhooks the caller's name.
    /// Empty if it names none of them.
    public func key(for service: ServiceName) -> ExactString {
        switch self {
        case .webhookSettings(let settings): return ExactString(settings.caller)
        case .webhookEvent(let event): return ExactString(event.caller)
        default: break
        }
        let id = service == .notifier ? volunteerID ?? applicationID : applicationID
        return ExactString(id?.string ?? "")
    }
}

extension Action {
    /// The exchange that carries a message of this action between two services (contract section 3): E2 for messages to
    /// NotifierService and for WaitlistService's answers about free spots, E1 for all others.
    public func exchange(to consumer: ServiceName) -> String {
        switch consumer {
        case .waitlist: Exchange.waiting
        case .notifier: Exchange.spotUpdates
        case .application: self == .notifyFreeSpot ? Exchange.spotUpdates : Exchange.waiting
        }
    }
}
