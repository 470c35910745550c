import ApplicationDomain

/// A volunteer's response to an application, and their position on the waiting list.
struct ResponseDetails: Sendable {
    let application: VolunteerApplication
    let member: Member
    /// From 1; nil for a volunteer who is not on the list, or while WaitlistService cannot be reached.
    let position: Int?
}
