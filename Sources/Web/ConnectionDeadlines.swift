import NIOCore

/// The deadlines of one connection: the rules of ``ConnectionLimits`` as a value, without a channel.
struct ConnectionDeadlines {
    private var limits: ConnectionLimits
    /// The start of the current time without a request or response.
    private var idleSince: NIODeadline
    /// When the first byte of an incomplete request arrived.
    private var receivingSince: NIODeadline?
    /// How long the service has waited for the bytes of the incomplete request that it has.
    private var waited = TimeAmount.zero
    /// Since when the service waits for bytes. Nil while it does not read because it has enough in hand.
    private var waitingSince: NIODeadline?
    /// Complete requests minus responses. It is negative while a request is answered before its end.
    private var unanswered = 0
    /// Since when the client has read nothing of what waits to be sent.
    private var stalledSince: NIODeadline?
    /// When the last response was sent.
    private var finishedSince: NIODeadline?
    /// When bytes last arrived after the last response.
    private var quietSince: NIODeadline?

    init(limits: ConnectionLimits, now: NIODeadline) {
        self.limits = limits
        idleSince = now
    }

    enum Event: Sendable {
        /// The service can take bytes.
        case readRequested
        case bytesReceived
        /// Bytes received, as many as one read takes: they had come before the service read.
        case bufferFilled
        /// Bytes have come that the service has not read, although it can take them: it has too much to do.
        case bytesUnread
        case requestCompleted
        case responseCompleted
        /// The channel is not writable: the client reads too slowly and the send buffer is full.
        case stalled
        case unstalled
        /// The last response is sent; the client has not closed its side yet.
        case finished
        /// The connection must make place for another one.
        case leaving
        /// The process is shutting down.
        case shuttingDown
    }

    /// Why a connection is closed.
    enum CutOffReason: String {
        case idle
        case slowRequest
        case slowService
        case doesNotRead
        case finished
    }

    /// Tells ``HTTP1Handler`` why the rest of a request will not be read.
    enum Refusal: Sendable {
        case slowRequest
        case slowService
        case tooManyConnections
    }

    mutating func record(_ event: Event, at now: NIODeadline) {
        switch event {
        case .readRequested:
            if waitingSince == nil { waitingSince = now }
        case .bytesReceived, .bufferFilled:
            if let waitingSince, receivingSince != nil, event == .bytesReceived {
                waited = waited + (now - waitingSince)
            }
            waitingSince = nil
            quietSince = now
            if receivingSince == nil { beginRequest(now) }
        case .bytesUnread:
            if waitingSince != nil { waitingSince = now }
            if receivingSince == nil { beginRequest(now) }
        case .requestCompleted:
            receivingSince = nil
            unanswered += 1
            idleSince = now
        case .responseCompleted:
            // A request that arrived while the previous one was being answered was not read: its time starts now.
            if unanswered > 0, receivingSince != nil { beginRequest(now) }
            unanswered -= 1
            idleSince = now
        case .stalled:
            if stalledSince == nil { stalledSince = now }
        case .unstalled:
            stalledSince = nil
            if finishedSince != nil { finish(now) }
        case .finished: finish(now)
        case .leaving:
            limits.lingerTime = min(limits.lingerTime, limits.leavingTime)
            limits.maxLingerTime = min(limits.maxLingerTime, limits.maxLeavingTime)
        case .shuttingDown:
            let times = [
                \ConnectionLimits.requestTime, \.totalRequestTime, \.idleTime, \.stallTime, \.lingerTime,
                \.maxLingerTime,
            ]
            for time in times {
                limits[keyPath: time] = min(limits[keyPath: time], limits.shutdownTime)
            }
        }
    }

    private mutating func finish(_ now: NIODeadline) {
        finishedSince = now
        quietSince = now
    }

    private mutating func beginRequest(_ now: NIODeadline) {
        receivingSince = now
        waited = .zero
        if waitingSince != nil { waitingSince = now }
    }

    /// Whether the last response is sent.
    var isFinished: Bool { finishedSince != nil }

    /// Whether the client has sent a part of a request that is not complete.
    var isReceiving: Bool { receivingSince != nil }

    /// When the connection is closed unless another event comes first, and why; nil while the server owes a response.
    var cutOff: (time: NIODeadline, reason: CutOffReason)? {
        if let stalledSince { return (stalledSince + TimeAmount(limits.stallTime), .doesNotRead) }
        if let finishedSince, let quietSince {
            let end = finishedSince + TimeAmount(limits.maxLingerTime)
            return (min(quietSince + TimeAmount(limits.lingerTime), end), .finished)
        }
        if unanswered > 0 { return nil }
        if let receivingSince {
            let end = receivingSince + TimeAmount(limits.totalRequestTime)
            guard let waitingSince, waitingSince + timeToWait <= end else { return (end, .slowService) }
            return (waitingSince + timeToWait, .slowRequest)
        }
        return (idleSince + TimeAmount(limits.idleTime), .idle)
    }

    /// The key by which ``ConnectionLimiter`` closes connections when there are too many, the lowest first: idle ones
    /// before those that are sending a request or may still read the last response, and of either the oldest. Nil while
    /// the server owes a response, and while one waits to be sent.
    var closingOrder: UInt64? {
        if let finishedSince { return finishedSince.uptimeNanoseconds | 1 << 63 }
        if unanswered > 0 || stalledSince != nil { return nil }
        guard let receivingSince else { return idleSince.uptimeNanoseconds }
        return receivingSince.uptimeNanoseconds | 1 << 63
    }

    /// When to look at ``cutOff`` again, at the latest ``shortestInterval`` after it. No event makes it nearer, except
    /// those of an end: ``Event/finished``, ``Event/leaving`` and ``Event/shuttingDown``.
    func nextCheck(at now: NIODeadline) -> NIODeadline {
        let times = [limits.requestTime, limits.totalRequestTime, limits.idleTime, limits.stallTime]
        var next = now + TimeAmount(times.min() ?? limits.requestTime)
        if receivingSince != nil { next = min(next, now + max(timeToWait, Self.shortestInterval)) }
        return min(next, cutOff?.time ?? next)
    }

    static let shortestInterval = TimeAmount.milliseconds(100)

    private var timeToWait: TimeAmount { TimeAmount(limits.requestTime) - waited }
}
