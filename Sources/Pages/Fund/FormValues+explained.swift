extension FormValues {
    /// The same values with errors that say what a field must look like: the API has one code for every bad value.
    var explained: FormValues {
        var form = self
        for (name, code) in errors where ["bad_value", "wrong_type", "missing_field"].contains(code) {
            // Browsers send a field that was left empty as an empty text.
            form.errors[name] = self[name].isEmpty ? "missing" : Self.codes[name] ?? code
        }
        return form
    }

    private static let codes = [
        CallField.name.rawValue: "bad_name", CallField.details.rawValue: "bad_details",
        CallField.date.rawValue: "bad_date", CallField.start.rawValue: "bad_time", CallField.end.rawValue: "bad_time",
        CallField.timeZone.rawValue: "unknown_zone", CallField.spots.rawValue: "bad_spots", "reason": "bad_reason",
    ]
}
