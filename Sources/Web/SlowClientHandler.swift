import Logging
import NIOCore

/// In front of the decoder: closes a connection whose client exceeds the ``ConnectionLimits``, and an idle one when the
/// ``ConnectionLimiter`` asks. A client that has sent a part of a request is answered first.
///
/// After the last response it reads and drops what the client still sends, until the client closes its side or the
/// time for that is over: if a connection is closed while bytes wait to be read, the system resets it, and the client
/// may lose the response.
///
/// One timer checks at ``ConnectionDeadlines/nextCheck(at:)``, and no event makes a deadline nearer than that, so
/// events need not reschedule it. Only the last response, a shutdown and the limiter do, after which times are shorter.
final class SlowClientHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let limits: ConnectionLimits
    private let limiter: ConnectionLimiter
    private let logger: Logger
    /// Nil until the channel is active.
    private var deadlines: ConnectionDeadlines?
    private var nextCheck: Scheduled<Void>?
    /// Nil unless the channel is active.
    private var connection: ConnectionLimiter.Connection?
    /// Promises of those who want the connection closed after the last response.
    private var waitingForEnd: [EventLoopPromise<Void>] = []
    /// Whether the client has closed its side.
    private var isInputClosed = false

    init(limits: ConnectionLimits, limiter: ConnectionLimiter, logger: Logger) {
        self.limits = limits
        self.limiter = limiter
        self.logger = logger
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { start(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        start(context)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let isFull = unwrapInboundIn(data).readableBytes >= LimitedHTTP1Channel.readBytes
        record(isFull ? .bufferFilled : .bytesReceived, context)
        if !isFinished { context.fireChannelRead(data) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        // The application may have stopped reading.
        if isFinished { read(context: context) }
    }

    func read(context: ChannelHandlerContext) {
        record(.readRequested, context)
        context.read()
    }

    /// After the last response the connection closes when the client has closed its side too, or when its time is over.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .all, isFinished, !isInputClosed, context.channel.isActive else {
            context.close(mode: mode, promise: promise)
            return
        }
        if let promise { waitingForEnd.append(promise) }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        record(context.channel.isWritable ? .unstalled : .stalled, context)
        context.fireChannelWritabilityChanged()
    }

    /// Receives the events of ``HTTP1Handler``.
    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard let event = event as? ConnectionDeadlines.Event else {
            context.triggerUserOutboundEvent(event, promise: promise)
            return
        }
        record(event, context)
        if event == .finished {
            reschedule(context)
            read(context: context)
        }
        promise?.succeed()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ConnectionLimiter.CloseIfIdle: closeIfIdle(context)
        case ChannelEvent.inputClosed:
            isInputClosed = true
            context.fireUserInboundEventTriggered(event)
        case is ChannelShouldQuiesceEvent:
            record(.shuttingDown, context)
            reschedule(context)
            context.fireUserInboundEventTriggered(event)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end()
    }

    private func start(_ context: ChannelHandlerContext) {
        guard deadlines == nil else { return }
        let deadlines = ConnectionDeadlines(limits: limits, now: context.eventLoop.now)
        self.deadlines = deadlines
        let connection = limiter.add(context.channel)
        self.connection = connection
        limiter.update(connection, order: deadlines.closingOrder)
        scheduleCheck(context)
    }

    private func end() {
        nextCheck?.cancel()
        if let connection { limiter.remove(connection) }
        connection = nil
        for promise in waitingForEnd { promise.succeed() }
        waitingForEnd = []
    }

    private var isFinished: Bool { deadlines?.isFinished ?? false }

    private func record(_ event: ConnectionDeadlines.Event, _ context: ChannelHandlerContext) {
        deadlines?.record(event, at: context.eventLoop.now)
        if let connection, let deadlines { limiter.update(connection, order: deadlines.closingOrder) }
    }

    private func closeIfIdle(_ context: ChannelHandlerContext) {
        guard let connection, let deadlines else { return }
        guard deadlines.closingOrder != nil else {
            limiter.connectionIsBusy(connection)
            return
        }
        // The client may have sent a request that could not be read yet.
        if !deadlines.isReceiving, !deadlines.isFinished, context.hasUnreadBytes {
            record(.bytesUnread, context)
            limiter.connectionIsBusy(connection)
            return
        }
        logger.debug("Connection closed: there are too many")
        record(.leaving, context)
        if deadlines.isFinished {
            // The client may still have to read the response.
            reschedule(context)
        } else if deadlines.isReceiving {
            refuse(.tooManyConnections, context)
        } else {
            context.close(promise: nil)
        }
    }

    /// Lets HTTP1Handler answer with a problem and finish, or closes the connection at once if it cannot.
    private func refuse(_ reason: ConnectionDeadlines.Refusal, _ context: ChannelHandlerContext) {
        context.fireUserInboundEventTriggered(reason)
        if !isFinished { context.close(promise: nil) }
    }

    /// For the events that make a deadline nearer than ``ConnectionDeadlines/nextCheck(at:)``.
    private func reschedule(_ context: ChannelHandlerContext) {
        nextCheck?.cancel()
        scheduleCheck(context)
    }

    private func scheduleCheck(_ context: ChannelHandlerContext) {
        guard let deadlines else { return }
        nextCheck = context.eventLoop.assumeIsolated().scheduleTask(
            deadline: deadlines.nextCheck(at: context.eventLoop.now)
        ) {
            self.check(context)
        }
    }

    private func check(_ context: ChannelHandlerContext) {
        guard let cutOff = deadlines?.cutOff, cutOff.time <= context.eventLoop.now else {
            scheduleCheck(context)
            return
        }
        if cutOff.reason == .slowRequest || cutOff.reason == .idle, context.hasUnreadBytes {
            record(.bytesUnread, context)
            scheduleCheck(context)
            return
        }
        logger.debug("Connection closed: its time is over", metadata: [LogKey.reason: "\(cutOff.reason)"])
        switch cutOff.reason {
        case .slowRequest: refuse(.slowRequest, context)
        case .slowService: refuse(.slowService, context)
        case .idle, .doesNotRead, .finished: context.close(promise: nil)
        }
    }
}
