import Contracts
import Ledger
import TestSupport

extension StoredDelivery {
    /// A volunteer's response.
    static func response(_ volunteer: String, to application: String = "7", id: String? = nil) -> StoredDelivery {
        let response = VolunteerResponse(
            volunteerID: .trusted(volunteer), applicationID: .trusted(application), status: .accepted)
        return StoredDelivery(
            queue: "application.p00", exchange: "", routingKey: "", messageID: id,
            body: Message.response(response).encoded())
    }
}

extension LedgerInput {
    /// A volunteer's response in the fixture's stream; its delivery tag is `seq`.
    static func streamed(
        _ seq: Int64, in stream: StreamName = LedgerFixture.stream, epoch: Int64 = 1, _ volunteer: String,
        of application: String = "7", digest: [UInt8]? = nil, _ acks: AckRecorder
    ) throws -> LedgerInput {
        var delivery = StoredDelivery.response(volunteer, to: application)
        let position = StreamPosition(stream: stream, epoch: epoch, seq: seq)
        delivery.position = position
        let inbound = try InboundMessage.streamed(delivery, at: position, digest: digest)
        return .message(inbound, AckToken(target: acks, tag: UInt64(seq)))
    }

    /// A volunteer's response from outside.
    static func foreign(
        _ volunteer: String, of application: String = "7", id: String? = nil, tag: UInt64 = 1, _ acks: AckRecorder
    ) throws -> LedgerInput {
        let delivery = StoredDelivery.response(volunteer, to: application, id: id)
        return .message(try InboundMessage.foreign(delivery, for: .application), AckToken(target: acks, tag: tag))
    }
}
