/// Uses one connection at a time. Created on the `ConnectionLoop`'s thread and called only there.
protocol ConnectionDelegate: AnyObject {
    /// A new connection is open: declare and subscribe.
    func opened(_ connection: Connection) throws(BrokerError)
    func received(_ event: ConnectionEvent, on connection: Connection) throws(BrokerError)
    /// False: nothing is read from the socket until it is true again. Asked before each event.
    var mayRead: Bool { get }
    /// All pending events, or 256 of them, have been read: send what is pending.
    func send(on connection: Connection) throws(BrokerError) -> PollAction
    /// After a stop, called like `send` until it returns true.
    func finish(on connection: Connection) throws(BrokerError) -> Bool
    /// The connection, or the attempt to open one, has ended.
    func closed(_ error: BrokerError)
    /// The loop has ended; nothing is called after this.
    func stopped()
}

extension ConnectionDelegate {
    var mayRead: Bool { true }
    func stopped() {}
}
