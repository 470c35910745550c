/// One setting: its environment variable, and the option of the same name. The tables in `--help` and the README are
/// made of these, so a setting that is not here does not exist.
package struct Setting: Sendable, Hashable {
    /// As in the environment: `AMQP_URL`. The option is `--amqp-url`.
    package let name: String
    package let standard: String
    package let help: String

    package init(_ name: String, standard: String, _ help: String) {
        self.name = name
        self.standard = standard
        self.help = help
    }

    package var option: String {
        "--" + name.lowercased().replacing("_", with: "-")
    }
}

extension Setting {
    /// What every service has.
    package static let shared: [Setting] = [
        Setting("AMQP_URL", standard: "amqp://guest:guest@127.0.0.1:5672/", "the broker; amqps:// with AMQP_CA"),
        Setting("AMQP_CA", standard: "", "a PEM file with the authority that signed the broker's certificate"),
        Setting("DATA_DIR", standard: "./data", "where the files <service>-<partition>.sqlite are"),
        Setting("HTTP_HOST", standard: "127.0.0.1", "where /healthz, /readyz and /metrics are served"),
        Setting(
            "HTTP_PORT", standard: "8080, 8081, 8082",
            "8080 ApplicationService, 8081 WaitlistService, 8082 NotifierService"),
        Setting("PARTITIONS", standard: "1", "how many partitions the system has; fixed for the life of the files"),
        Setting("OWNED_PARTITIONS", standard: "all", "those of this process: 0-3,7"),
        Setting("TIME_ZONE", standard: "UTC", "an IANA name, for applications that name none"),
        Setting(
            "TRUSTED_AMQP_USERS", standard: "the own user",
            "broker users whose messages a partition queue accepts, separated by commas"),
        Setting("MAX_MESSAGE_BYTES", standard: "1048576", "larger messages are parked unread"),
        Setting("MAX_ATTEMPTS", standard: "10", "after so many failures of its handler a foreign message is parked"),
        Setting("OUTBOX_RETENTION", standard: "PT24H", "how long an applied message can be sent again"),
        Setting("LOG_LEVEL", standard: "info", "trace, debug, info, notice, warning, error, critical"),
        Setting("LOG_FORMAT", standard: "text", "text or json"),
        Setting(
            "CRASH_POINT", standard: "",
            "for tests: dies by SIGKILL at the n-th passing of a named point, as in committed:3"),
    ]
}
