package import Contracts

extension VolunteerApplication {
    /// What a notifier partition that does not know this application is sent before its first other message about it:
    /// a create with the present values, and the cancellation if there was one (contract section 3).
    package var introduction: [Message] {
        let schedule = details.schedule
        let create = CreateVolunteerApplication(
            fundID: fundID, applicationID: id, availableSpots: capacity, description: details.description,
            name: details.name, date: schedule.date, startTime: schedule.startTime, endTime: schedule.endTime,
            timeZone: schedule.timeZone, startsAt: startsAt)
        guard status == .cancelled else { return [.create(create)] }
        return [
            .create(create), .cancel(CancelVolunteerApplication(applicationID: id, reason: cancelReason)),
        ]
    }
}
