import Logging
import NIOCore

/// In front of the decoder: cuts off a connection that keeps us waiting (``ConnectionLimits``).
///
/// It has one timer, set back only for a stop: it looks at least every ``ConnectionDeadlines/interval``, and no end
/// comes sooner.
final class SlowClientHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let limits: ConnectionLimits
    private let logger: Logger
    /// Nil until the connection is there.
    private var patience: ConnectionDeadlines?
    private var look: Scheduled<Void>?

    init(limits: ConnectionLimits, logger: Logger) {
        self.limits = limits
        self.logger = logger
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { begin(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        patience?.note(.bytesArrived, at: context.eventLoop.now)
        context.fireChannelRead(data)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        patience?.note(context.channel.isWritable ? .unstalled : .stalled, at: context.eventLoop.now)
        context.fireChannelWritabilityChanged()
    }

    /// What ``RequestBoundaryHandler`` tells.
    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard let event = event as? ConnectionDeadlines.Event else {
            context.triggerUserOutboundEvent(event, promise: promise)
            return
        }
        patience?.note(event, at: context.eventLoop.now)
        promise?.succeed()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent {
            patience?.note(.stopping, at: context.eventLoop.now)
            look?.cancel()
            lookLater(context)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        look?.cancel()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        look?.cancel()
    }

    private func begin(_ context: ChannelHandlerContext) {
        guard patience == nil else { return }
        patience = ConnectionDeadlines(limits: limits, now: context.eventLoop.now)
        lookLater(context)
    }

    private func lookLater(_ context: ChannelHandlerContext) {
        guard let patience else { return }
        let next = context.eventLoop.now + patience.interval
        look = context.eventLoop.assumeIsolated().scheduleTask(deadline: min(patience.end?.time ?? next, next)) {
            self.judge(context)
        }
    }

    private func judge(_ context: ChannelHandlerContext) {
        guard let end = patience?.end, end.time <= context.eventLoop.now else {
            lookLater(context)
            return
        }
        logger.debug("Connection cut off", metadata: ["reason": "\(end.verdict)"])
        context.close(promise: nil)
    }
}
