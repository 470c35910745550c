/// The fields of the forms that publish and change a call. The raw value is the name in the form.
package enum CallField: String, Sendable, CaseIterable {
    case name
    case details
    /// `2026-12-09`
    case date
    /// `14:00`
    case start
    /// `18:00`; not later than the start: on the next day.
    case end
    case timeZone = "time_zone"
    case spots
}
