/// The three exchanges, all named by the customer (contract section 3).
public enum Exchange {
    /// E1: commands, and messages between ApplicationService and WaitlistService.
    public static let waiting = "volunteer_waiting_queue_exchange"
    /// E2: messages about free spots, and messages to NotifierService.
    public static let spotUpdates = "volunteer_notification_exchange"
    /// Notifications to users, with the user's id as routing key. Also the name of the durable queue that is bound to
    /// it.
    public static let notifications = "notifications"
}
