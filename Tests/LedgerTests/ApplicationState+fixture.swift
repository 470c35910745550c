import Contracts
import TestSupport

extension ApplicationState {
    /// A part of the state, of the application with this number.
    static func part(_ number: Int) -> ApplicationState {
        ApplicationState(
            applicationID: .trusted("\(number)"), name: "Park",
            schedule: ApplicationSchedule(
                date: CivilDate(year: 2027, month: 3, day: 28)!, startTime: CivilTime(hour: 9, minute: 0, second: 0)!,
                endTime: CivilTime(hour: 9, minute: 0, second: 0)!, timeZone: "UTC"),
            startsAt: .testStart)
    }
}
