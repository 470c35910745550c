extension PageTexts.Words {
    /// Settings, coming in, and errors.
    struct Account: Sendable, Decodable {
        var settings: Settings
        var signIn: SignIn
        var errors: Errors

        struct Settings: Sendable, Decodable {
            var title, lead: String
            var language, languageHint: String
            var timeZone, timeZoneHint, didYouMean: String
            var save, saved: String
            /// The time in the zone now.
            var now: String
        }

        struct SignIn: Sendable, Decodable {
            var title, text: String
            var linkTitle, linkText: String
            var outTitle, outText: String
            var how, signIn: String
        }

        struct Errors: Sendable, Decodable {
            var requestID, home: String
            /// By the HTTP status.
            var byStatus: [String: Text]
            /// For every other status below 500, and for every other one.
            var client, server: Text

            struct Text: Sendable, Decodable {
                var title, text: String
            }
        }
    }
}
