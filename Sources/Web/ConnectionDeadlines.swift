import NIOCore

/// What a connection is waiting for, and until when: the rules of ``ConnectionLimits`` without any channel.
struct ConnectionDeadlines {
    private var limits: ConnectionLimits
    /// Since when there is neither a request nor an answer.
    private var idleSince: NIODeadline
    /// When the first byte came of a request that is not complete.
    private var receivingSince: NIODeadline?
    /// Complete requests less answers. It is below zero while a request is answered before its end.
    private var unanswered = 0
    /// Since when nothing of what waits to be sent is taken.
    private var stalledSince: NIODeadline?

    init(limits: ConnectionLimits, now: NIODeadline) {
        self.limits = limits
        idleSince = now
    }

    enum Event: Sendable {
        case bytesArrived
        case requestEnded
        case answerEnded
        /// The peer takes too little: our buffer is full.
        case stalled
        case unstalled
        /// The process is to stop.
        case stopping
    }

    /// Why a connection is cut off.
    enum Verdict: String {
        case idle
        case slowRequest
        case doesNotRead
    }

    mutating func note(_ event: Event, at now: NIODeadline) {
        switch event {
        case .bytesArrived:
            if receivingSince == nil { receivingSince = now }
        case .requestEnded:
            receivingSince = nil
            unanswered += 1
            idleSince = now
        case .answerEnded:
            // A request that came while we were busy with the one before could not be read: it may start now.
            if unanswered > 0, receivingSince != nil { receivingSince = now }
            unanswered -= 1
            idleSince = now
        case .stalled:
            if stalledSince == nil { stalledSince = now }
        case .unstalled: stalledSince = nil
        case .stopping:
            limits.requestTime = min(limits.requestTime, limits.farewellTime)
            limits.idleTime = min(limits.idleTime, limits.farewellTime)
            limits.stallTime = min(limits.stallTime, limits.farewellTime)
        }
    }

    /// When, if nothing more happens, the connection is to be cut off, and why; nil while it is our turn.
    var end: (time: NIODeadline, verdict: Verdict)? {
        if let stalledSince { return (stalledSince + TimeAmount(limits.stallTime), .doesNotRead) }
        if unanswered > 0 { return nil }
        if let receivingSince { return (receivingSince + TimeAmount(limits.requestTime), .slowRequest) }
        return (idleSince + TimeAmount(limits.idleTime), .idle)
    }

    /// No event makes an end that is nearer than this: who looks as often misses none.
    var interval: TimeAmount {
        TimeAmount(min(limits.requestTime, limits.idleTime, limits.stallTime))
    }
}
