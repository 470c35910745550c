import Logging
import NIOCore

/// In front of the decoder: closes a connection whose client exceeds the ``ConnectionLimits``, and an idle one when the
/// ``ConnectionLimiter`` asks.
///
/// One timer checks at least every ``ConnectionDeadlines/checkInterval``, and no event makes a deadline nearer than
/// that, so events need not reschedule it. Only the last response and a shutdown do, after which times are shorter.
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
        record(.bytesReceived, context)
        context.fireChannelRead(data)
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
        if event == .finished { reschedule(context) }
        promise?.succeed()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ConnectionLimiter.CloseIfIdle: closeIfIdle(context)
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
    }

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
        logger.debug("Connection closed: there are too many")
        context.close(promise: nil)
    }

    /// For the events that make a deadline nearer than ``ConnectionDeadlines/checkInterval``.
    private func reschedule(_ context: ChannelHandlerContext) {
        nextCheck?.cancel()
        scheduleCheck(context)
    }

    private func scheduleCheck(_ context: ChannelHandlerContext) {
        guard let deadlines else { return }
        let latest = context.eventLoop.now + deadlines.checkInterval
        nextCheck = context.eventLoop.assumeIsolated().scheduleTask(
            deadline: min(deadlines.cutOff?.time ?? latest, latest)
        ) {
            self.check(context)
        }
    }

    private func check(_ context: ChannelHandlerContext) {
        guard let cutOff = deadlines?.cutOff, cutOff.time <= context.eventLoop.now else {
            scheduleCheck(context)
            return
        }
        logger.debug("Connection closed: the client is too slow", metadata: [LogKey.reason: "\(cutOff.reason)"])
        if cutOff.reason == .slowRequest {
            // HTTP1Handler answers 408, and is then finished.
            context.fireUserInboundEventTriggered(ConnectionDeadlines.SlowRequest())
            if deadlines?.cutOff?.reason == .finished { return }
        }
        context.close(promise: nil)
    }
}
