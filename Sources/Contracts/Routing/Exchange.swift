/// The exchanges, all three named by the customer (contract section 3).
public enum Exchange {
    /// E1: commands, and between ApplicationService and WaitlistService.
    public static let waiting = "volunteer_waiting_queue_exchange"
    /// E2: what concerns free spots and what volunteers are told.
    public static let spotUpdates = "volunteer_notification_exchange"
    /// What leaves the system for the users, by user id; also the name of the durable queue behind it.
    public static let notifications = "notifications"
}
