package import Contracts

/// What ApplicationService sends where a consumer's state may be another (contract section 4).
extension VolunteerApplication {
    /// A part of this application's state.
    /// - Parameters:
    ///   - members: to WaitlistService those who wait, in the order of its list.
    ///   - isRestored: whether this service's file is the older copy, and not the consumer's.
    package func state(
        _ members: [Member], to consumer: ServiceName, isFirst: Bool, hasMore: Bool, isRestored: Bool, now: Timestamp
    ) -> ApplicationState {
        let isForWaitlist = consumer == .waitlist
        return ApplicationState(
            applicationID: id, fundID: isForWaitlist ? nil : fundID, name: details.name, schedule: details.schedule,
            startsAt: startsAt, isCancelled: status == .cancelled, reserved: isForWaitlist ? reserved : nil,
            stamp: isForWaitlist ? AllocationStamp(sent: sent, release: release) : nil,
            volunteers: members.compactMap { state(of: $0, isForWaitlist, now) }, isFirst: isFirst, hasMore: hasMore,
            isRestored: isRestored)
    }

    private func state(of member: Member, _ isForWaitlist: Bool, _ now: Timestamp) -> VolunteerState? {
        let status: VolunteerState.Status
        switch member.standing {
        case .confirmed: status = .confirmed
        case .waiting: status = .waiting
        case .declined: return nil
        }
        return VolunteerState(
            volunteerID: member.volunteer, status: status, since: member.since,
            offerExpiresAt: offerEnd(of: member, isForWaitlist, now),
            isListed: status == .waiting ? member.isListed : nil)
    }

    /// When the member's offer of this release ends or ended. While the spots are being opened to all, those who were
    /// told can claim one without a time limit: to WaitlistService they count as asked, without an offer that it has
    /// to end.
    private func offerEnd(of member: Member, _ isForWaitlist: Bool, _ now: Timestamp) -> Timestamp? {
        guard let offer = member.offer, offer.release == release, reserved > 0, member.standing == .waiting else {
            return nil
        }
        if offer.expiresAt == .latest { return isForWaitlist ? now : nil }
        // WaitlistService has forgotten the offers that had lapsed when the reservation grew.
        if let grewAt = reservedGrewAt, offer.expiresAt <= grewAt { return nil }
        return offer.expiresAt
    }
}
