import Contracts

extension Message {
    /// A fund's call in March 2027.
    static func create(_ application: ID, spots: Int) -> Message {
        .create(
            CreateVolunteerApplication(
                fundID: .trusted("f"), applicationID: application, availableSpots: spots, description: "", name: "Name",
                date: CivilDate(year: 2027, month: 3, day: 28)!,
                startTime: CivilTime(hour: 10, minute: 0, second: 0)!,
                endTime: CivilTime(hour: 12, minute: 0, second: 0)!))
    }
}
