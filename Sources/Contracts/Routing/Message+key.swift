extension Message {
    /// The key that decides the message's partition of `service` (contract section 3): the application's id, in
    /// NotifierService the user's id, or the application's if the message names no user. Empty if it names neither.
    public func key(for service: ServiceName) -> String {
        let id = service == .notifier ? volunteerID ?? applicationID : applicationID
        return id?.string ?? ""
    }
}
