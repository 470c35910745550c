/// One setting, described once: its environment variable, its default and its help. The option, the reader's default
/// and `--help` follow from it, and a test compares the README's table with it.
package struct Setting: Sendable, Hashable {
    /// The environment variable, as `AMQP_URL`; the option is `--amqp-url`.
    package let name: String
    /// The default as a user would write it, or nil.
    package let defaultValue: String?
    package let help: String
    /// Whether the value must not be logged.
    package let isSecret: Bool

    package init(_ name: String, default defaultValue: String? = nil, isSecret: Bool = false, _ help: String) {
        self.name = name
        self.defaultValue = defaultValue
        self.help = help
        self.isSecret = isSecret
    }

    package var option: String {
        "--" + name.lowercased().replacing("_", with: "-")
    }

    /// For a secret: the setting whose value is the path of a file that contains it.
    package var file: Setting? {
        isSecret ? Setting("\(name)_FILE", "file that contains \(name), instead of it") : nil
    }

    /// The components of the key in swift-configuration.
    static func key(_ name: String) -> [String] {
        name.lowercased().split(separator: "_").map(String.init)
    }
}

extension Setting {
    /// The settings that every service has.
    /// - Parameter defaultPort: of `HTTP_PORT`, which differs by service.
    package static func shared(defaultPort: Int) -> [Setting] {
        [
            amqpURL, amqpCA, dataDirectory, httpHost, httpPort(default: defaultPort), httpKeepAlive, partitions,
            ownedPartitions, processName, timeZone, trustedUsers, maxMessageBytes, maxAttempts, outboxRetention,
            retention, logLevel, logFormat, crashPoint,
        ]
    }

    static let amqpURL = Setting(
        "AMQP_URL", default: "amqp://guest:guest@127.0.0.1:5672/", isSecret: true,
        "the broker, or its nodes as host1,host2; amqps:// for TLS")
    static let amqpCA = Setting(
        "AMQP_CA", "PEM file with the broker's certificate authority, instead of the system's")
    static let dataDirectory = Setting("DATA_DIR", default: "./data", "directory of the SQLite files")
    static let httpHost = Setting("HTTP_HOST", default: "127.0.0.1", "listen address of the HTTP server")
    static func httpPort(default port: Int) -> Setting {
        Setting("HTTP_PORT", default: "\(port)", "listen port of the HTTP server")
    }
    static let httpKeepAlive = Setting(
        "HTTP_KEEP_ALIVE", default: "PT75S", "how long an idle client stays connected; longer than a proxy reuses it")
    static let partitions = Setting(
        "PARTITIONS", default: "8", "number of partitions of the system; cannot change once files exist")
    static let ownedPartitions = Setting(
        "OWNED_PARTITIONS", default: "auto", "auto: those with the same DATA_DIR divide them; or 0-3,7, 0/3, all, none")
    static let processName = Setting(
        "PROCESS_NAME", "name of this process among those of its service; the host's if unset")
    static let timeZone = Setting(
        "TIME_ZONE", default: "UTC", "IANA name of the time zone of applications that name none")
    /// Of NotifierService, and of the page.
    package static let language = Setting(
        "LANGUAGE", default: "ru", "language of notifications and of the page: ru or en")
    static let trustedUsers = Setting(
        "TRUSTED_AMQP_USERS",
        "broker users whose messages are accepted; the user of AMQP_URL if unset")
    static let maxMessageBytes = Setting(
        "MAX_MESSAGE_BYTES", default: "1048576", "larger messages are parked unread")
    static let maxAttempts = Setting(
        "MAX_ATTEMPTS", default: "10", "handler failures before a message from outside is parked")
    static let outboxRetention = Setting(
        "OUTBOX_RETENTION", default: "PT24H", "how long applied messages can be resent, an ISO 8601 duration")
    static let retention = Setting(
        "RETENTION", default: "P365D", "how long what is over is kept, an ISO 8601 duration, or none: for ever")
    static let logLevel = Setting(
        "LOG_LEVEL", default: "info", "trace, debug, info, notice, warning, error or critical")
    static let logFormat = Setting("LOG_FORMAT", default: "text", "text or json")
    static let crashPoint = Setting(
        "CRASH_POINT", "for tests: kill the process at a named point, as in committed:3")
}
