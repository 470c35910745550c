import NIOCore

/// The deadlines of one connection: the rules of ``ConnectionLimits`` as a value, without a channel.
struct ConnectionDeadlines {
    private var limits: ConnectionLimits
    /// The start of the current time without a request or response.
    private var idleSince: NIODeadline
    /// When the first byte of an incomplete request arrived.
    private var receivingSince: NIODeadline?
    /// Complete requests minus responses. It is negative while a request is answered before its end.
    private var unanswered = 0
    /// Since when the client has read nothing of what waits to be sent.
    private var stalledSince: NIODeadline?
    /// When the last response was sent.
    private var finishedSince: NIODeadline?

    init(limits: ConnectionLimits, now: NIODeadline) {
        self.limits = limits
        idleSince = now
    }

    enum Event: Sendable {
        case bytesReceived
        case requestCompleted
        case responseCompleted
        /// The channel is not writable: the client reads too slowly and the send buffer is full.
        case stalled
        case unstalled
        /// The last response is sent; the client has not closed its side yet.
        case finished
        /// The process is shutting down.
        case shuttingDown
    }

    /// Why a connection is closed.
    enum CutOffReason: String {
        case idle
        case slowRequest
        case doesNotRead
        case finished
    }

    /// Tells ``HTTP1Handler`` that the time for a request is over.
    struct SlowRequest: Sendable {}

    mutating func record(_ event: Event, at now: NIODeadline) {
        switch event {
        case .bytesReceived:
            if receivingSince == nil { receivingSince = now }
        case .requestCompleted:
            receivingSince = nil
            unanswered += 1
            idleSince = now
        case .responseCompleted:
            // A request that arrived while the previous one was being answered was not read: its time starts now.
            if unanswered > 0, receivingSince != nil { receivingSince = now }
            unanswered -= 1
            idleSince = now
        case .stalled:
            if stalledSince == nil { stalledSince = now }
        case .unstalled: stalledSince = nil
        case .finished: finishedSince = now
        case .shuttingDown:
            limits.requestTime = min(limits.requestTime, limits.shutdownTime)
            limits.idleTime = min(limits.idleTime, limits.shutdownTime)
            limits.stallTime = min(limits.stallTime, limits.shutdownTime)
        }
    }

    /// When the connection is closed unless another event comes first, and why; nil while the server owes a response.
    var cutOff: (time: NIODeadline, reason: CutOffReason)? {
        if let finishedSince { return (finishedSince + TimeAmount(limits.lingerTime), .finished) }
        if let stalledSince { return (stalledSince + TimeAmount(limits.stallTime), .doesNotRead) }
        if unanswered > 0 { return nil }
        if let receivingSince { return (receivingSince + TimeAmount(limits.requestTime), .slowRequest) }
        return (idleSince + TimeAmount(limits.idleTime), .idle)
    }

    /// The key by which ``ConnectionLimiter`` closes connections when there are too many, the lowest first: idle ones
    /// before those that are sending a request, and of either the oldest. Nil while the server owes a response, and
    /// while one waits to be sent.
    var closingOrder: UInt64? {
        if let finishedSince { return finishedSince.uptimeNanoseconds }
        if unanswered > 0 || stalledSince != nil { return nil }
        guard let receivingSince else { return idleSince.uptimeNanoseconds }
        return receivingSince.uptimeNanoseconds | 1 << 63
    }

    /// The shortest time from an event to a new cut-off: a check at this interval misses none.
    var checkInterval: TimeAmount {
        TimeAmount(min(limits.requestTime, limits.idleTime, limits.stallTime))
    }
}
