package import CRabbitMQ
internal import Glibc

/// One AMQP connection with one channel. Not Sendable: the library's state belongs to one thread.
package final class Connection {
    package static let channel: amqp_channel_t = 1
    /// The maximum frame size in bytes that is proposed to the broker: RabbitMQ's default. The header of a message from
    /// outside may be as large as that.
    package static let frameMax = 131_072
    /// The same of a connection that only publishes. The library has several buffers of this size for each connection.
    static let publishingFrameMax = 32_768
    /// For one address of one node.
    static let connectTimeout = timeval(tv_sec: 3, tv_usec: 0)
    static let loginTimeout = timeval(tv_sec: 5, tv_usec: 0)
    /// A declaration on a loaded broker takes hundreds of milliseconds; after this the broker is considered dead.
    static let callTimeout = timeval(tv_sec: 10, tv_usec: 0)

    /// Owns the library's state: one allocation, freed only here.
    ///
    /// `@unchecked Sendable`: one thread at a time uses it. The thread that opened the socket gives it away and keeps
    /// nothing.
    final class Handle: @unchecked Sendable {
        let state: amqp_connection_state_t

        /// Resolves the host's name and connects. Takes as long as the system's resolver does.
        init(connectedTo endpoint: BrokerEndpoint) throws(BrokerError) {
            guard let state = amqp_new_connection() else { throw BrokerError(.resources, "out of memory") }
            self.state = state
            try Connection.openSocket(of: state, to: endpoint)
        }

        deinit { amqp_destroy_connection(state) }
    }

    private let handle: Handle
    let user: RefusedExchanges.User
    private let socket: WatchedSocket
    package let pool = WirePool()
    /// As negotiated with the broker; 0 means none.
    private let heartbeatSeconds: Int
    /// False while the owner reads nothing.
    private var isReading = true
    /// When the next heartbeat is sent while nothing is read.
    private var nextHeartbeat = ContinuousClock.now
    /// In bytes; longer bodies are truncated.
    let bodyLimit: Int
    /// The queues subscribed to; a consumer tag is an index into this array.
    package var subscribedQueues: [String] = []
    /// The message whose frames are being read.
    package var content: Content?
    /// Exchange and routing key of the last delivery: they repeat, so the strings are reused.
    var lastExchange = ""
    var lastRoutingKey = ""

    package var state: amqp_connection_state_t { handle.state }
    var descriptor: Int32 { amqp_get_sockfd(handle.state) }

    /// Connects, logs in and opens the channel.
    /// - Parameter heartbeatSeconds: instead of the endpoint's; 0 for none.
    package convenience init(
        to endpoint: BrokerEndpoint, name: String, bodyLimit: Int, heartbeatSeconds: Int? = nil
    ) throws(BrokerError) {
        try self.init(
            Handle(connectedTo: endpoint), to: endpoint, name: name, bodyLimit: bodyLimit,
            heartbeatSeconds: heartbeatSeconds)
    }

    /// Logs in and opens the channel.
    /// - Parameters:
    ///   - heartbeatSeconds: instead of the endpoint's; 0 for none.
    ///   - register: called with the socket before the login, so that a stop can end it.
    init(
        _ handle: Handle, to endpoint: BrokerEndpoint, name: String, bodyLimit: Int, frameMax: Int = frameMax,
        heartbeatSeconds: Int? = nil, register: (WatchedSocket) -> Void = { _ in }
    ) throws(BrokerError) {
        let state = handle.state
        let socket = WatchedSocket(socket: amqp_get_sockfd(state))
        register(socket)
        let hasWatchdog = Watchdog.shared.add(socket)
        do {
            var timeout = Self.loginTimeout
            amqp_set_handshake_timeout(state, &timeout)
            timeout = Self.callTimeout
            amqp_set_rpc_timeout(state, &timeout)
            let reply = crabbitmq_login(
                state, endpoint.virtualHost, Int32(frameMax), Int32(heartbeatSeconds ?? endpoint.heartbeatSeconds),
                name, endpoint.user, endpoint.password)
            try Self.check(reply, state, "login")
            let negotiated = Int(amqp_get_heartbeat(state))
            self.heartbeatSeconds = negotiated
            if negotiated > 0 { socket.heartbeatNegotiated(seconds: negotiated) }
            // Only if the watchdog is not watching: Linux also applies TCP_USER_TIMEOUT to a zero window, so it would
            // keep killing the connection to a healthy broker that blocks us during an alarm, and leave the broker with
            // connections that it does not read.
            let isWatched = hasWatchdog && negotiated > 0
            if !isWatched { crabbitmq_set_user_timeout(amqp_get_sockfd(state), UInt32(max(negotiated, 10)) * 2000) }
            amqp_channel_open(state, Self.channel)
            try Self.check(amqp_get_rpc_reply(state), state, "channel.open")
        } catch {
            Watchdog.shared.remove(socket)
            socket.retire()
            throw error
        }
        self.handle = handle
        user = RefusedExchanges.User(name: endpoint.user, virtualHost: endpoint.virtualHost)
        self.socket = socket
        self.bodyLimit = bodyLimit
    }

    deinit {
        Watchdog.shared.remove(socket)
        socket.retire()
    }

    private static func openSocket(of state: amqp_connection_state_t, to endpoint: BrokerEndpoint) throws(BrokerError) {
        let socket: OpaquePointer?
        if endpoint.isSecure {
            socket = amqp_ssl_socket_new(state)
            guard let socket else { throw BrokerError(.resources, "no TLS socket") }
            // The library loads no authorities by default; this is the system's file on Debian.
            let file = endpoint.certificateAuthorityFile ?? "/etc/ssl/certs/ca-certificates.crt"
            guard amqp_ssl_socket_set_cacert(socket, file) == AMQP_STATUS_OK.rawValue else {
                throw BrokerError(.unreachable, "the certificate authorities in \(file) cannot be read")
            }
            amqp_ssl_socket_set_verify_peer(socket, 1)
            amqp_ssl_socket_set_verify_hostname(socket, 1)
            amqp_ssl_socket_set_ssl_versions(socket, AMQP_TLSv1_2, AMQP_TLSvLATEST)
        } else {
            socket = amqp_tcp_socket_new(state)
        }
        guard let socket else { throw BrokerError(.resources, "no socket") }
        // The library gives all addresses of a name one time-out together, so one that drops packets would keep us from
        // the others. A certificate is compared with the name, so with TLS the library must be given that.
        let addresses = endpoint.isSecure ? [endpoint.host] : HostAddresses.addresses(of: endpoint.host)
        var status = AMQP_STATUS_HOSTNAME_RESOLUTION_FAILED.rawValue
        for address in addresses {
            var timeout = connectTimeout
            status = amqp_socket_open_noblock(socket, address, Int32(endpoint.port), &timeout)
            if status == AMQP_STATUS_OK.rawValue { break }
        }
        guard status == AMQP_STATUS_OK.rawValue else {
            throw BrokerError(.unreachable, "\(endpoint.host):\(endpoint.port), \(text(ofStatus: status))")
        }
        crabbitmq_set_nodelay(amqp_get_sockfd(state))
    }

    /// Waits until the socket has data, the wakeup is signalled, or the time has passed. `nextEvent` sends and checks
    /// heartbeats, so the wait is never longer than a quarter of the heartbeat.
    package func wait(_ wakeup: Wakeup, atMost limit: Duration?) {
        let heartbeat = Duration.milliseconds(min(max(heartbeatSeconds * 250, 100), 1000))
        wakeup.wait(socket: isReading ? descriptor : -1, for: min(limit ?? heartbeat, heartbeat))
    }

    /// Call before each wait. While it is false, the broker's silence means nothing and is not checked, and our
    /// heartbeats are sent here, because the library sends them when it reads.
    func setReading(_ isReading: Bool) throws(BrokerError) {
        if self.isReading != isReading {
            self.isReading = isReading
            socket.setReading(isReading)
        }
        guard !isReading, heartbeatSeconds > 0, ContinuousClock.now >= nextHeartbeat else { return }
        nextHeartbeat = .now + .milliseconds(heartbeatSeconds * 500)
        var frame = amqp_frame_t()
        frame.frame_type = UInt8(AMQP_FRAME_HEARTBEAT)
        try check(amqp_send_frame(state, &frame), "heartbeat")
    }

    /// Closes the channel, then the connection; the broker has processed every ack and publish sent before. If a step
    /// fails, `deinit` drops the connection.
    package func close() {
        var timeout = timeval(tv_sec: 2, tv_usec: 0)
        amqp_set_rpc_timeout(state, &timeout)
        guard descriptor >= 0 else { return }
        let reply = amqp_channel_close(state, Self.channel, 200)
        guard reply.reply_type == AMQP_RESPONSE_NORMAL, descriptor >= 0 else { return }
        _ = amqp_connection_close(state, 200)
    }

    // MARK: - Errors

    func check(_ status: Int32, _ operation: StaticString) throws(BrokerError) {
        if status < 0 { throw Self.error(ofStatus: status, operation) }
    }

    /// Checks the result of a call that the library keeps in its state.
    package func checkReply(_ operation: StaticString) throws(BrokerError) {
        try Self.check(amqp_get_rpc_reply(state), state, operation)
    }

    package static func check(
        _ reply: amqp_rpc_reply_t, _ state: amqp_connection_state_t, _ operation: StaticString
    ) throws(BrokerError) {
        switch reply.reply_type {
        case AMQP_RESPONSE_NORMAL: return
        case AMQP_RESPONSE_LIBRARY_EXCEPTION: throw error(ofStatus: reply.library_error, operation)
        case AMQP_RESPONSE_SERVER_EXCEPTION: throw closed(by: reply.reply, state, operation)
        default: throw BrokerError(.protocolViolation, "\(operation): no answer")
        }
    }

    /// Reads why the broker closes the channel or connection, and confirms the close.
    static func closed(
        by method: amqp_method_t, _ state: amqp_connection_state_t, _ operation: StaticString
    ) -> BrokerError {
        guard let decoded = method.decoded else {
            return BrokerError(.protocolViolation, "\(operation): no reason given")
        }
        switch Int(method.id) {
        case crabbitmq_channel_close:
            let close = decoded.assumingMemoryBound(to: amqp_channel_close_t.self).pointee
            let error = error(ofReply: close.reply_code, String(wireText: close.reply_text), operation)
            var ok = amqp_channel_close_ok_t()
            amqp_send_method(state, channel, amqp_method_number_t(crabbitmq_channel_close_ok), &ok)
            return error
        case crabbitmq_connection_close:
            let close = decoded.assumingMemoryBound(to: amqp_connection_close_t.self).pointee
            let error = error(ofReply: close.reply_code, String(wireText: close.reply_text), operation)
            var ok = amqp_connection_close_ok_t()
            amqp_send_method(state, 0, amqp_method_number_t(crabbitmq_connection_close_ok), &ok)
            return error
        default:
            return BrokerError(.protocolViolation, "\(operation): unexpected method \(method.id)")
        }
    }

    private static func error(ofReply code: UInt16, _ text: String, _ operation: StaticString) -> BrokerError {
        // 406 means a differing declaration only after a declaration: a user_id that is not ours and an ack with an
        // unknown tag are 406 as well.
        let operationName = operation.description
        let isLogin = operationName == "login"
        let errorCode: BrokerError.Code =
            switch code {
            case 403 where isLogin, 530 where isLogin: .loginRefused
            case 403: .accessRefused
            case 404: .notFound
            case 405: .resourceLocked
            case 406 where operationName.hasSuffix(".declare"): .topologyMismatch
            case 320, 541: .connectionLost
            default: .protocolViolation
            }
        return BrokerError(errorCode, "\(operation): \(text)")
    }

    static func error(ofStatus status: Int32, _ operation: StaticString) -> BrokerError {
        let code: BrokerError.Code =
            switch status {
            case AMQP_STATUS_TIMEOUT.rawValue: .timeout
            case AMQP_STATUS_NO_MEMORY.rawValue: .resources
            case AMQP_STATUS_BAD_AMQP_DATA.rawValue, AMQP_STATUS_UNKNOWN_CLASS.rawValue,
                AMQP_STATUS_UNKNOWN_METHOD.rawValue, AMQP_STATUS_WRONG_METHOD.rawValue,
                AMQP_STATUS_INCOMPATIBLE_AMQP_VERSION.rawValue, AMQP_STATUS_BROKER_UNSUPPORTED_SASL_METHOD.rawValue:
                .protocolViolation
            default: .connectionLost
            }
        return BrokerError(code, "\(operation): \(text(ofStatus: status))")
    }

    private static func text(ofStatus status: Int32) -> String {
        amqp_error_string2(status).map { String(cString: $0) } ?? "status \(status)"
    }
}
