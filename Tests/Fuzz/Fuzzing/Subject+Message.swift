import Contracts
import Foundation
import Ledger

/// Bodies (contract section 2).
extension Subject {
    package static let message = Subject(
        "message", seeds: Corpus.messages + Corpus.oddities,
        vary: { [mutator = JSONMutator(names: Corpus.names)] in mutator.vary(&$0, $1, $2) },
        judge: { input throws(Flaw) in
            let message: Message
            do throws(MessageError) {
                message = try Message(parsing: input)
            } catch {
                try requireFit(error.description, about: input)
                let isPointer = error.pointer.utf8.allSatisfy { byte in
                    Character(Unicode.Scalar(byte)).isLetter || (0x30...0x39).contains(byte) || byte == 0x2f
                        || byte == 0x5f
                }
                try require(isPointer, "a pointer names something of the input")
                // Which element of an array it is makes nothing new.
                let place = error.pointer.filter { !$0.isNumber }
                return "\(error.code) \(place) \(error.detail.prefix(40))"
            }
            try judgeMessage(message, readFrom: input)
            return "\(message.action.rawValue) of \(Corpus.shape(message)) fields"
        })

    private static func judgeMessage(_ message: Message, readFrom input: [UInt8]) throws(Flaw) {
        let body = message.encoded()
        guard let again = try? Message(parsing: body) else { throw Flaw("what is written is not read") }
        try require(again == message, "what is written is read as something else")
        try require(again.encoded() == body, "what is written and read is written in another way")
        let codable = (try? JSONEncoder().encode(message)).flatMap { try? Message(parsing: $0) }
        try require(codable == message, "what Codable writes is read as something else")
        let decoded = try? JSONDecoder().decode(Message.self, from: Data(body))
        try require(decoded == message, "what is written is read by Codable as something else")
        try require(body.count <= 8 * input.count + 1024, "a body grows out of proportion when it is written again")
        try requireWithinLimits(message)
        for service in ServiceName.allCases {
            let raw = StoredDelivery(queue: "q", exchange: "e", routingKey: "k", messageID: "m", body: input)
            guard let inbound = try? InboundMessage.foreign(raw, for: service) else {
                throw Flaw("a body is read alone, and not as a delivery")
            }
            try require(inbound.key.utf8.count <= Limits.idBytes.upperBound, "a key is longer than an id")
            // A notification may be about no application; nobody in the system is sent one.
            let hasKey = !message.action.isControl && message.action != .notification
            try require(!inbound.key.isEmpty || !hasKey, "a message has no key")
        }
    }
}

/// What the contract says of values, said once more and apart from the code that reads them.
private func requireWithinLimits(_ message: Message) throws(Flaw) {
    for id in [message.applicationID, message.volunteerID] { try requireWithinLimits(id) }
    switch message {
    case .create(let create):
        try requireWithinLimits(create.fundID)
        try require(Limits.spots.contains(create.availableSpots), "spots are out of range")
        try requireWithinLimits(create.name, Limits.name, create.description, create.timeZone)
        try requireSpan(create.date, create.startTime, create.endTime, create.timeZone)
    case .update(let update):
        try require(update.availableSpots.map(Limits.spots.contains) ?? true, "spots are out of range")
        try requireWithinLimits(update.name, Limits.name, update.description, update.timeZone)
    case .cancel(let cancel): try requireWithinLimits(cancel.reason, Limits.reason)
    case .waiting(let waiting): try requireWithinLimits(waiting.timestamp)
    case .notifyFreeSpot(let notify):
        try require(Limits.freeSpots.contains(notify.availableSpots), "free spots are out of range")
        for id in notify.waitingVolunteers { try requireWithinLimits(id) }
        try require((notify.release ?? 1) >= 1 && (notify.seen ?? 0) >= 0, "a number is below its first")
        try requireWithinLimits(notify.expiresAt)
    case .waitingListRecord(let record):
        try require((record.position ?? 1) >= 1, "a position is below 1")
        try requireWithinLimits(record.timestamp)
    case .spotStatus(let record):
        try require((record.position ?? 1) >= 1, "a position is below 1")
        for time in [record.timestamp, record.expiresAt] { try requireWithinLimits(time) }
        try requireWithinLimits(record.reason, Limits.reason)
    case .notification(let record):
        try requireWithinLimits(record.message, Limits.notificationText)
        try requireWithinLimits(record.timestamp)
    case .resend(let resend): try require(resend.epoch >= 0 && resend.from >= 1, "a stream's number is out of range")
    case .streamHead(let head): try require(head.epoch >= 0 && head.head >= 0, "a stream's number is out of range")
    case .streamApplied(let applied):
        try require(applied.epoch >= 0 && applied.last >= 0, "a stream's number is out of range")
    case .response: break
    }
}

private func requireWithinLimits(_ id: ID?) throws(Flaw) {
    guard let string = id?.string else { return }
    try require((1...128).contains(string.utf8.count), "an id is empty or too long")
    let isClean = string.unicodeScalars.allSatisfy { scalar in
        scalar.properties.generalCategory != .control && scalar != "*" && scalar != "#"
    }
    try require(isClean, "an id has a character that no id may have")
}

private func requireWithinLimits(_ text: String?, _ length: ClosedRange<Int>) throws(Flaw) {
    guard let text else { return }
    try require(length.contains(text.unicodeScalars.count), "a text is too short or too long")
}

private func requireWithinLimits(
    _ name: String?, _ length: ClosedRange<Int>, _ description: String?, _ zone: String?
) throws(Flaw) {
    try requireWithinLimits(name, length)
    try requireWithinLimits(description, Limits.description)
    try require(zone.map { CivilClock.zone(named: $0) != nil } ?? true, "a zone is none")
}

func requireWithinLimits(_ time: WireTime?) throws(Flaw) {
    guard case .instant(let instant) = time else { return }
    try require(instant >= .earliest && instant <= .latest, "an instant is out of the years that can be written")
}

/// An application ends after it starts, and at most a day and a change of clocks later.
private func requireSpan(
    _ date: CivilDate, _ start: CivilTime, _ end: CivilTime, _ zone: String?
) throws(Flaw) {
    let schedule = ApplicationSchedule(date: date, startTime: start, endTime: end, timeZone: zone ?? "UTC")
    let (start, end) = (schedule.startsAt, schedule.endsAt)
    // On the last day there is, there is no next one.
    guard date < CivilDate(year: 9999, month: 12, day: 30)! else { return }
    try require(start <= end, "an application ends before it starts")
    try require(end - start <= .seconds(50 * 3600), "an application lasts for more than two days")
}
