import Contracts
import Pages

extension Gallery {
    static let volunteer = Visitor(role: .volunteer, id: ID.trusted("789"), unread: 0)
    static let fund = Visitor(role: .fund, id: ID.trusted("77"))

    /// A call in nine days, with two of five places free.
    var call: Call {
        call(
            "42", said(ru: "Раздача тёплых вещей у вокзала", en: "Giving out warm clothes at the station"),
            details: said(
                ru: "Раздаём куртки, носки и горячий чай.\nСбор у главного входа, возьмите перчатки.",
                en: "We give out jackets, socks and hot tea.\nWe meet at the main entrance; please bring gloves."))
    }

    func call(
        _ id: String, _ name: String, details: String = "", on date: String = "2026-12-09",
        from start: String = "14:00",
        to end: String = "18:00", zone: String = "Europe/Moscow", spots: Int = 5, free: Int = 2, waiting: Int = 0,
        status: Call.Status = .open, reason: String? = nil
    ) -> Call {
        let schedule = ApplicationSchedule(
            date: CivilDate(date), startTime: CivilTime(start), endTime: CivilTime(end), timeZone: zone)
        return Call(
            id: ID.trusted(id), fundID: ID.trusted("77"), name: name, details: details, schedule: schedule,
            startsAt: schedule.startsAt, endsAt: schedule.endsAt, status: status, cancelReason: reason, spots: spots,
            freeSpots: free, confirmed: spots - free, waiting: waiting, tag: "\"3\"")
    }

    /// The same call, full, with seven volunteers on its waiting list.
    var fullCall: Call {
        var call = call
        call.freeSpots = 0
        call.confirmed = 5
        call.waiting = 7
        return call
    }

    var startedCall: Call {
        var call = self.call("43", call.name, details: call.details, on: "2026-12-02", from: "10:00", status: .started)
        call.waiting = 3
        return call
    }

    func cancelledCall(_ reason: String?) -> Call {
        var call = fullCall
        call.id = ID.trusted("44")
        call.status = .cancelled
        call.cancelReason = reason
        return call
    }

    func response(
        _ state: CallResponse.State, position: Int? = nil, isPending: Bool = false, offerIn offer: Duration? = nil,
        reason: String? = nil, comment: String? = nil
    ) -> CallResponse {
        CallResponse(
            volunteer: Self.volunteer.id, state: state, position: position, isPositionPending: isPending,
            offerUntil: offer.map { Self.now.advanced(by: $0) }, reason: reason, comment: comment,
            updatedAt: Self.now.advanced(by: .seconds(-3600)))
    }
}

extension CivilDate {
    /// `2026-12-09`
    fileprivate init(_ text: String) {
        let parts = text.split(separator: "-").compactMap { Int($0) }
        self = CivilDate(year: parts[0], month: parts[1], day: parts[2]) ?? CivilClock.civil(Gallery.now, in: .gmt).0
    }
}

extension CivilTime {
    /// `14:00`
    fileprivate init(_ text: String) {
        let parts = text.split(separator: ":").compactMap { Int($0) }
        self = CivilTime(hour: parts[0], minute: parts[1], second: 0) ?? CivilClock.civil(Gallery.now, in: .gmt).1
    }
}
