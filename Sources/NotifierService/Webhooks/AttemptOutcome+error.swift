import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1
import NotifierDomain

extension AttemptOutcome.Failure {
    /// Why a request has failed, in words that say nothing of the receiver's network.
    init(_ error: any Error) {
        switch error {
        case let error as HTTPClientError: self = Self.reason(error)
        case is CancellationError: self = .timeout
        case is HTTPParserError: self = .responseInvalid
        default: self = Self.isOfCertificate(error) ? .certificateInvalid : .connectionFailed
        }
    }

    private static func reason(_ error: HTTPClientError) -> Self {
        switch error {
        case .deadlineExceeded, .readTimeout, .cancelled: .timeout
        case .connectTimeout, .tlsHandshakeTimeout, .remoteConnectionClosed, .alreadyShutdown: .connectionFailed
        default: .responseInvalid
        }
    }

    /// Whether there was no connection, so that nothing can have been sent.
    static func isUnreachable(_ error: any Error) -> Bool {
        switch error {
        case let error as HTTPClientError: error == .connectTimeout
        case let error as ChannelError:
            if case .connectTimeout = error { true } else { false }
        case let error as IOError:
            [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, EADDRNOTAVAIL, ETIMEDOUT, EAFNOSUPPORT].contains(error.errnoCode)
        default: false
        }
    }

    /// The TLS library has one opaque error for every failed handshake; only its text tells them apart.
    private static func isOfCertificate(_ error: any Error) -> Bool {
        let text = String(reflecting: error)
        return ["CERTIFICATE_VERIFY_FAILED", "unableToValidateCertificate", "failedToValidateHostname"]
            .contains { text.contains($0) }
    }
}
