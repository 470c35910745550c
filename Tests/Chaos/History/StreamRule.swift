import Contracts

/// Streams, counters and queues at the end: nothing is missing between two services, all that was taken is accounted
/// for, and nothing is left lying (contract section 4).
struct StreamRule {
    private let evidence: Evidence
    private var objections: [Objection] = []

    static func objections(_ evidence: Evidence) -> [Objection] {
        var rule = StreamRule(evidence: evidence)
        rule.judgeRepublications()
        for lane in evidence.allLanes {
            rule.judgeNumbers(lane)
            rule.judgePartitions(lane)
        }
        rule.judgeEnds()
        rule.judgeSums()
        rule.judgeRest()
        return rule.objections
    }

    private init(evidence: Evidence) { self.evidence = evidence }

    private func ending(_ service: ServiceName) -> History.Ending {
        evidence.history.endings[service] ?? History.Ending()
    }

    private mutating func judgeRepublications() {
        var first: [String: Sighting] = [:]
        for sighting in evidence.history.sightings where sighting.producer != nil {
            guard let known = first.updateValue(sighting, forKey: sighting.messageID) else { continue }
            if known != sighting {
                let text = "\(sighting.messageID) was published again as something else: \(sighting.line)"
                objections.append(Objection(.misnumbered, application: sighting.message?.applicationID, text))
            }
        }
    }

    private mutating func judgeNumbers(_ lane: Evidence.Lane) {
        var epoch: Int64?
        for (index, sighting) in lane.sightings.enumerated() {
            guard let place = sighting.place else { continue }
            if place.number != Int64(index + 1) || place.epoch != epoch ?? place.epoch {
                let text = "\(lane.name) has \(sighting.messageID) in place \(index + 1)"
                return objections.append(Objection(.misnumbered, application: sighting.message?.applicationID, text))
            }
            if sighting.stream ?? lane.name != lane.name || sighting.seq ?? place.number != place.number {
                objections.append(Objection(.misnumbered, "\(sighting.messageID) bears other headers"))
            }
            epoch = place.epoch
        }
    }

    /// Who decides about an application, and who tells a user, follows from their ids (contract section 3).
    private mutating func judgePartitions(_ lane: Evidence.Lane) {
        let count = evidence.history.conditions.partitions
        for end in [lane.producer, lane.consumer].compactMap(\.self) {
            // The first partition passes on what is the others'.
            if end == lane.producer, lane.consumer?.service == .application, end.service == .application { continue }
            let isAtHome = { (id: ID) in Partition.of(id, count: count) == end.partition }
            for sighting in lane.sightings {
                let key = end.service == .notifier ? sighting.message?.userID : sighting.message?.applicationID
                guard let key, !isAtHome(key) else { continue }
                let text = "\(key) is none of \(end.name)'s: \(sighting.line)"
                objections.append(Objection(.astray, application: sighting.message?.applicationID, text))
            }
        }
    }

    private mutating func judgeEnds() {
        var ins: [String: History.Standing] = [:]
        let all = ServiceName.allCases.flatMap { ending($0).streams }
        let counts = Dictionary(uniqueKeysWithValues: evidence.allLanes.map { ($0.name, $0.sightings.count) })
        for standing in all where !standing.leadsOut { ins[standing.stream] = standing }
        for out in all where out.leadsOut {
            let seen = Int64(counts[out.stream] ?? 0)
            if seen != out.last {
                objections.append(
                    Objection(.streamsDiffer, "\(out.stream): \(out.last) were sent, \(seen) were seen"))
            }
            guard StreamName(parsing: out.stream) != nil, out.last > 0 else { continue }
            let end = ins[out.stream]
            if end?.last == out.last, end?.epoch == out.epoch { continue }
            let applied = end.map { "\($0.last) of epoch \($0.epoch)" } ?? "none"
            objections.append(
                Objection(
                    .streamsDiffer, "\(out.stream): \(out.last) of epoch \(out.epoch) were sent, \(applied) applied"))
        }
    }

    /// Sent = applied + refused + parked + forwarded, and what came again is deduplicated.
    private mutating func judgeSums() {
        for service in ServiceName.allCases {
            let ending = ending(service)
            func sum(_ names: String...) -> Int { names.reduce(0) { $0 + ending.counters[$1, default: 0] } }
            let streamed = ending.streams.filter { !$0.leadsOut }.reduce(0) { $0 + Int($1.last) }
            let sent = streamed + (service == .application ? evidence.history.commands.count : 0)
            let done = sum("applied", "refused", "parked", "forwarded", "discarded")
            if done != sent {
                let name: Objection.Name = done < sent ? .lost : .doubled
                objections.append(
                    Objection(name, "\(service.rawValue): \(sent) came in, \(done) are accounted: \(ending.counters)"))
            }
            if !(0...sum("deduplicated")).contains(sum("accepted") - done) {
                objections.append(Objection(.unbalanced, "\(service.rawValue): \(ending.counters)"))
            }
            if sum("refused") != ending.refused.count {
                let text = "\(service.rawValue): refused counts \(sum("refused")), the list has \(ending.refused.count)"
                objections.append(Objection(.unbalanced, text))
            }
        }
        let letters = evidence.sightings(.toWorld)
        let notified = ending(.notifier).counters["notified", default: 0]
        if notified != letters.count {
            objections.append(Objection(.unbalanced, "\(notified) were notified, \(letters.count) letters were seen"))
        }
        let reminders = letters.count { sighting in
            guard case .notification(let letter) = sighting.message else { return false }
            return letter.kind == .reminder
        }
        let reminded = ending(.notifier).counters["reminded", default: 0]
        if reminded != reminders {
            objections.append(Objection(.unbalanced, "\(reminded) were reminded, \(reminders) reminders were seen"))
        }
    }

    private mutating func judgeRest() {
        for (queue, count) in evidence.history.queues.sorted(by: { $0.key < $1.key }) where count > 0 {
            objections.append(Objection(.notAtRest, "\(queue) holds \(count) messages"))
        }
        for service in ServiceName.allCases {
            for line in ending(service).blocked {
                objections.append(Objection(.notAtRest, "\(service.rawValue) is blocked: \(line)"))
            }
            if service != .application, let parked = ending(service).parked.first {
                objections.append(Objection(.causeless, "\(service.rawValue) parked \(parked)"))
            }
        }
    }
}

extension Message {
    /// Whom it is for, where it is for one user.
    fileprivate var userID: ID? {
        switch self {
        case .notification(let letter): letter.userID
        case .spotStatus(let record): record.userID
        default: nil
        }
    }
}
