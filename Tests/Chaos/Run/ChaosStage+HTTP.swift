import AsyncHTTPClient
import ChaosHistory
import Contracts
import Foundation
import NIOCore
import NIOHTTP1
import TestSupport

extension ChaosStage {
    private static let http: HTTPClient = {
        var configuration = HTTPClient.Configuration.singletonConfiguration
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(configuration: configuration)
    }()

    /// The process of ApplicationService that decides about an application; any if partitions change owners, because
    /// each answers for the others.
    private func decider(of application: ID) -> ServiceUnderTest {
        if conditions.partitionsChangeOwners {
            return self[.application, Int.random(in: 0..<conditions.processes(of: .application))]
        }
        let partition = Partition.of(application, count: conditions.partitions)
        return targets.first { $0.partitions.contains(Address(service: .application, partition: partition)) }
            ?? self[.application]
    }

    /// Sends the request once. Returns nil without a complete response.
    func send(_ request: HTTPRequest, within limit: Duration = .seconds(10)) async -> HTTPResponse? {
        let port = decider(of: request.application).process.httpPort
        var outgoing = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(request.path)")
        outgoing.method = request.method
        outgoing.headers = request.headers
        if !request.body.isEmpty { outgoing.body = .bytes(ByteBuffer(bytes: request.body)) }
        guard let response = try? await Self.http.execute(outgoing, timeout: TimeAmount(limit)),
            let body = try? await response.body.collect(upTo: 4 << 20)
        else { return nil }
        return HTTPResponse(
            status: Int(response.status.code), headers: response.headers, body: Data(body.readableBytesView))
    }
}
