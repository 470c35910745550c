/// The visitor's language and time zone.
package struct SettingsPage: Page {
    /// With the values `language` and `time_zone`.
    package var form: FormValues
    /// Names that a mistyped time zone may stand for.
    package var zones: [String]
    package var notice: Notice?

    package init(form: FormValues, zones: [String], notice: Notice? = nil) {
        self.form = form
        self.zones = zones
        self.notice = notice
    }

    package func title(in context: PageContext) -> String { context.texts.words.product }

    package func main(in context: PageContext) -> HTML { HTML() }
}
