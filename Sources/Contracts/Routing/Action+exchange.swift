extension Action {
    /// The exchange that carries a message of this action between two services (contract section 3): E1, but E2 for
    /// whatever goes to NotifierService and for WaitlistService's answers about free spots.
    public func exchange(to consumer: ServiceName) -> String {
        switch consumer {
        case .waitlist: Exchange.waiting
        case .notifier: Exchange.spotUpdates
        case .application: self == .notifyFreeSpot ? Exchange.spotUpdates : Exchange.waiting
        }
    }
}
