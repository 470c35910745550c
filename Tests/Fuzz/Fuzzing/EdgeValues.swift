/// Values at and beyond the limits of the contract, of numbers, of Unicode, and of clocks and calendars.
enum EdgeValues {
    /// As written in JSON. Some are not valid numbers.
    static let numbers: [[UInt8]] =
        [
            "0", "-0", "-1", "1", "2", "1.0", "1.5", "1e0", "1E+2", "1e2", "1e14", "1e15", "1e400", "-1e400", "1e-400",
            "100", "1000", "1001", "100000", "100001", "1000000000000", "999999999999999", "1000000000000000",
            "4294967295", "4294967296", "9007199254740993", "9007199254740993.0", "9223372036854775806",
            "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
            "18446744073709551615", "18446744073709551616", "1e99999999999999999999", "1e-99999999999999999999", "0e0",
            "0.1", "01", "+1", "0x10", "NaN", "Infinity", "-", "1.", ".5", "1e", "1_000", "٣",
        ].map { Array($0.utf8) }
        + [
            repeated("1", 10_000), repeated("0", 10_000), Array("0.".utf8) + repeated("0", 10_000) + [0x31],
            Array("1e".utf8) + repeated("9", 10_000), Array("1".utf8) + repeated("0", 400),
        ]

    /// As written between quotation marks. Some are not valid JSON, some not valid UTF-8.
    static let texts: [[UInt8]] =
        [
            "", " ", "0", "1", "-1", "007", "456", "*", "#", "a.b", "\\ud800", "\\udc00\\ud800", "\\ud83e\\uddf9",
            "\\u0000", "\\u0001", "\\u0085", "\\u2028", "\\ufeff", "\\uFFFF", "\\/", "\\", "\\x", "\\u12", "\"", "\0",
            "\n", "\r\n", "\t", "\u{7f}", "\u{85}", "\u{2028}", "\u{feff}", "\u{202e}", "e\u{301}", "é", "\u{301}",
            "🧹", "👨‍👩‍👧‍👦", "ﷺ", "İ", "ß", "\u{212a}", "\u{e0001}", "\u{10ffff}", "true", "null", "{}", "[]", "NaN",
            "2024-02-29", "2023-02-29", "0000-01-01", "0001-01-01", "9999-12-31", "10000-01-01", "2024-13-01",
            "00:00:00", "23:59:59", "24:00:00", "23:59:60", "2026-11-21T09:30:00Z", "0001-01-01T00:00:00+23:59",
            "9999-12-31T23:59:59.999999999-23:59", "2024-12-08T12:30:00", "2024-12-08 12:30:00.1", "Europe/Moscow",
            "America/New_York", "Etc/GMT+12", "Pacific/Apia", "UTC", "GMT+3", "PST", "PT0S", "PT2S", "P1D",
            "P3660000D", "P3660001D", "PT999999999H", "P999999999W", "accepted", "declined", "waiting",
            "место доступно", "в листе ожидания", "spot_available", "application.p00>waitlist.p00",
            "waitlist.p00>application.p00", "notifier.p999", "p00-1", "p1000-1", "9223372036854775807",
            "9223372036854775808", "-9223372036854775808", "1e3", "%00", "%zz", "://", "@", "[::1]", "%2F", "--",
            "--json", "=", ",", ";", ":", ">", "?", "&",
        ].map { Array($0.utf8) }
        + [
            [0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xd0], [0xe2, 0x82],
            [0xef, 0xbb, 0xbf],
            [0xfe, 0xff], [0xff, 0xfe],
        ]
        + lengths.flatMap { [repeated("a", $0), repeated("я", $0)] }
        + [repeated("🧹", 200), repeated("e\u{301}", 501), repeated("\\u0001", 500), repeated("\\\\", 10_000)]

    /// Around the maximum length of each text and of an id.
    private static let lengths = [15, 16, 64, 65, 127, 128, 129, 200, 201, 255, 256, 500, 501, 10_000, 10_001, 20_001]

    /// JSON of every type, valid and invalid.
    static let json: [[UInt8]] =
        [
            "null", "true", "false", "{}", "[]", "[null]", "[[]]", "{\"\":0}", "[1,\"1\",1.5]", "tru", "nul", "'x'",
            "", "/**/", "\"", "[", "]", "{", "}", ",", ":",
        ].map { Array($0.utf8) }
        + [
            repeated("[", 100_000), repeated("{\"a\":", 20_000), repeated("[", 63) + repeated("]", 63),
            repeated("[", 1_000) + repeated("]", 1_000), [0x5b] + repeated("1,", 20_000) + [0x31, 0x5d],
            [0x5b] + repeated("\"1\",1,", 5_000) + [0x31, 0x5d],
        ]

    static func repeated(_ text: String, _ count: Int) -> [UInt8] {
        Array(String(repeating: text, count: count).utf8)
    }
}
