import Contracts
import Foundation
import Ledger

/// Message bodies (contract section 2).
extension FuzzedReader {
    package static let message = FuzzedReader(
        "message", json: Corpus.messages + Corpus.edgeCases, names: Corpus.names,
        check: { input throws(Violation) in
            let message: Message
            do throws(MessageError) {
                message = try Message(parsing: input)
            } catch {
                try requirePresentable(error.description, about: input)
                let isPointer = error.pointer.utf8.allSatisfy { byte in
                    Character(Unicode.Scalar(byte)).isLetter || (0x30...0x39).contains(byte) || byte == 0x2f
                        || byte == 0x5f
                }
                try require(isPointer, "a pointer quotes the input")
                // Another element of an array is not a new outcome.
                let pointer = error.pointer.filter { !$0.isNumber }
                return "\(error.code) \(pointer) \(error.detail.prefix(40))"
            }
            let hasDuplicates = JSONTree(parsing: input)?.hasDuplicateNames ?? false
            try require(!hasDuplicates, "a body with the same name twice in an object is read")
            try check(message, readFrom: input)
            return "\(message.action.rawValue) of \(Corpus.fieldCount(of: message)) fields"
        })

    private static func check(_ message: Message, readFrom input: [UInt8]) throws(Violation) {
        let body = message.encoded()
        guard let again = try? Message(parsing: body) else { throw Violation("a written message cannot be read") }
        try require(again == message, "a message changes when written and read")
        try require(again.encoded() == body, "a message is written differently the second time")
        let codable = (try? JSONEncoder().encode(message)).flatMap { try? Message(parsing: $0) }
        try require(codable == message, "a message changes when written by Encodable")
        let decoded = try? JSONDecoder().decode(Message.self, from: Data(body))
        try require(decoded == message, "a message changes when read by Decodable")
        try require(body.count <= 8 * input.count + 1024, "a body grows out of proportion when written again")
        try requireWithinLimits(message)
        for service in ServiceName.allCases {
            let raw = StoredDelivery(queue: "q", exchange: "e", routingKey: "k", messageID: "m", body: input)
            guard let inbound = try? InboundMessage.foreign(raw, for: service) else {
                throw Violation("a valid body is rejected as a delivery")
            }
            try require(inbound.key.string.utf8.count <= Limits.idBytes.upperBound, "a key is longer than an id")
            // A notification may name no application; no service receives one.
            // Nor does the end of a state, which concerns all of them.
            let hasKey = !message.action.isControl && ![.notification, .stateComplete].contains(message.action)
            try require(!inbound.key.string.isEmpty || !hasKey, "a message has no key")
        }
    }
}

/// The contract's limits, stated independently of the code that reads messages.
private func requireWithinLimits(_ message: Message) throws(Violation) {
    for id in [message.applicationID, message.volunteerID] { try requireWithinLimits(id) }
    switch message {
    case .create(let create):
        try requireWithinLimits(create.fundID)
        try require(Limits.spots.contains(create.availableSpots), "spots are out of range")
        try requireWithinLimits(create.name, Limits.name, create.description, create.timeZone)
        try requireText(create.name, create.description)
        try requireSpan(create.date, create.startTime, create.endTime, create.timeZone)
    case .update(let update):
        try require(update.availableSpots.map(Limits.spots.contains) ?? true, "spots are out of range")
        try requireWithinLimits(update.name, Limits.name, update.description, update.timeZone)
        try requireText(update.name, update.description)
    case .cancel(let cancel):
        try requireWithinLimits(cancel.reason, Limits.reason)
        try requireText(cancel.reason, allowing: [])
    case .response(let response):
        try requireWithinLimits(response.reason, Limits.reason)
        try requireText(response.reason, allowing: [])
    case .waiting(let waiting): try requireWithinLimits(waiting.timestamp)
    case .notifyFreeSpot(let notify):
        try require(Limits.freeSpots.contains(notify.availableSpots), "free spots are out of range")
        for id in notify.waitingVolunteers { try requireWithinLimits(id) }
        try require((notify.release ?? 1) >= 1 && (notify.seen ?? 0) >= 0, "a release or seen count is out of range")
        try require((notify.sent ?? 1) >= 1 && (notify.epoch ?? 0) >= 0, "a sent count or epoch is out of range")
        try requireWithinLimits(notify.expiresAt)
    case .waitingListRecord(let record):
        try require((record.position ?? 1) >= 1, "a position is below 1")
        try requireWithinLimits(record.timestamp)
    case .spotStatus(let record):
        try require((record.position ?? 1) >= 1, "a position is below 1")
        for time in [record.timestamp, record.expiresAt] { try requireWithinLimits(time) }
        for text in [record.reason, record.comment] {
            try requireWithinLimits(text, Limits.reason)
            try requireText(text, allowing: [])
        }
    case .notification(let record):
        try requireWithinLimits(record.message, Limits.notificationText)
        try requireText(record.message, allowing: ["\n", "\t"])
        try requireWithinLimits(record.timestamp)
    case .resend(let resend): try require(resend.epoch >= 0 && resend.from >= 1, "an epoch or seq is out of range")
    case .streamHead(let head):
        try require(head.epoch >= 0 && head.head >= 0, "an epoch or seq is out of range")
        try requireWithinLimits(head.handshake, Limits.handshake)
        try require(head.partitions.map(Limits.partitions.contains) ?? true, "partitions are out of range")
    case .streamApplied(let applied):
        try require(applied.epoch >= 0 && applied.last >= 0, "an epoch or seq is out of range")
        try requireWithinLimits(applied.handshake, Limits.handshake)
    case .applicationState(let state): try requireWithinLimits(state)
    case .webhookSettings(let settings):
        try require(Limits.callerName.contains(settings.caller.unicodeScalars.count), "a caller's name is out of range")
        try require(Limits.webhookEndpoints.contains(settings.endpoints.count), "there are too many endpoints")
        for endpoint in settings.endpoints { try requireWithinLimits(endpoint.url, Limits.callbackURL) }
    case .webhookEvent(let event):
        try require(Limits.callerName.contains(event.caller.unicodeScalars.count), "a caller's name is out of range")
        try requireWithinLimits(event.url, Limits.callbackURL)
        try requireWithinLimits(event.payload, Limits.webhookPayload)
    case .stateComplete: break
    }
}

private func requireWithinLimits(_ state: ApplicationState) throws(Violation) {
    try requireWithinLimits(state.name, Limits.name, nil, state.schedule.timeZone)
    try requireText(state.name, nil)
    try requireSpan(
        state.schedule.date, state.schedule.startTime, state.schedule.endTime, state.schedule.timeZone)
    try require(state.reserved.map(Limits.freeSpots.contains) ?? true, "reserved spots are out of range")
    try requireWithinLimits(.instant(state.startsAt))
    for volunteer in state.volunteers {
        try requireWithinLimits(volunteer.volunteerID)
        for time in [volunteer.since, volunteer.offerExpiresAt] {
            try requireWithinLimits(time.map { WireTime.instant($0) })
        }
    }
}

private func requireWithinLimits(_ id: ID?) throws(Violation) {
    guard let string = id?.string else { return }
    try require((1...128).contains(string.utf8.count), "an id is empty or too long")
    let isClean = string.unicodeScalars.allSatisfy { scalar in
        scalar.properties.generalCategory != .control && scalar != "*" && scalar != "#"
    }
    try require(isClean, "an id has a forbidden character")
}

private func requireWithinLimits(_ text: String?, _ length: ClosedRange<Int>) throws(Violation) {
    guard let text else { return }
    try require(length.contains(text.unicodeScalars.count), "a text is too short or too long")
}

private func requireText(_ name: String?, _ description: String?) throws(Violation) {
    try requireText(name, allowing: [])
    try requireText(description, allowing: ["\n", "\t"])
    let isBlank = name?.unicodeScalars.allSatisfy { $0.properties.isWhitespace } ?? false
    try require(!isBlank, "a name is blank")
}

private func requireText(_ text: String?, allowing allowed: [Unicode.Scalar]) throws(Violation) {
    let bidi: [ClosedRange<UInt32>] = [0x202a...0x202e, 0x2066...0x2069]
    for scalar in text?.unicodeScalars ?? String.UnicodeScalarView() where !allowed.contains(scalar) {
        try require(scalar.properties.generalCategory != .control, "a text has a control character")
        try require(!bidi.contains { $0.contains(scalar.value) }, "a text has a bidi override")
    }
}

private func requireWithinLimits(
    _ name: String?, _ length: ClosedRange<Int>, _ description: String?, _ zone: String?
) throws(Violation) {
    try requireWithinLimits(name, length)
    try requireWithinLimits(description, Limits.description)
    try require(zone.map { CivilClock.zone(named: $0) != nil } ?? true, "a time zone is unknown")
}

func requireWithinLimits(_ time: WireTime?) throws(Violation) {
    guard case .instant(let instant) = time else { return }
    try require(instant >= .earliest && instant <= .latest, "an instant is out of range")
}

/// An application ends after it starts, and at most a day and a clock change later.
private func requireSpan(
    _ date: CivilDate, _ start: CivilTime, _ end: CivilTime, _ zone: String?
) throws(Violation) {
    let schedule = ApplicationSchedule(date: date, startTime: start, endTime: end, timeZone: zone ?? "UTC")
    let (start, end) = (schedule.startsAt, schedule.endsAt)
    // The last date has no next day.
    guard date < CivilDate(year: 9999, month: 12, day: 30)! else { return }
    try require(start <= end, "an application ends before it starts")
    try require(end - start <= .seconds(50 * 3600), "an application lasts for more than two days")
}
