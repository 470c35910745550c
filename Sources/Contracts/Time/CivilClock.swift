/// Converts between instants and civil time in a zone, by the rules of contract section 1: a civil time that a clock
/// change skips moves forward by the length of the gap; one that it repeats is the earlier.
public enum CivilClock {
    /// The instant at which clocks in the zone show the date and time.
    public static func timestamp(_ date: CivilDate, _ time: CivilTime, in zone: ZoneRules) -> Timestamp {
        let asIfUTC = Int64(date.daysSince1970) * 86_400 + Int64(time.secondOfDay)
        // Offsets are less than a day, so any clock change is between a day before and a day after.
        let before = zone.offset(at: asIfUTC - 86_400)
        let after = zone.offset(at: asIfUTC + 86_400)
        // The greater offset gives the earlier instant, which is the right one if both hold.
        var offset = max(before, after)
        if zone.offset(at: asIfUTC - offset) != offset {
            offset = min(before, after)
            // Skipped: the offset before the change moves the time forward by the length of the gap.
            if zone.offset(at: asIfUTC - offset) != offset { offset = before }
        }
        return Timestamp(milliseconds: (asIfUTC - offset) * 1000)
    }

    /// The date and time that clocks in the zone show at the instant, in whole seconds.
    public static func civil(_ instant: Timestamp, in zone: ZoneRules) -> (CivilDate, CivilTime) {
        let bounded = min(max(instant, .earliest), .latest)
        let seconds = bounded.milliseconds.flooredDivision(by: 1000).quotient
        let (days, second) = (seconds + zone.offset(at: seconds)).flooredDivision(by: 86_400)
        return (CivilDate(daysSince1970: Int(days)), CivilTime(secondOfDay: Int(second)))
    }

    /// The zone with an IANA name, by the rules of this machine; `nil` for any other string, such as an abbreviation
    /// (`PST`, `IST`) or an offset (`GMT+3`), which are ambiguous.
    public static func zone(named name: String) -> ZoneRules? {
        TimeZoneDatabase.system.rules(named: name)
    }
}
