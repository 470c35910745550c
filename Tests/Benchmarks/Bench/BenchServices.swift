import BrokerTesting
import Foundation

/// The three services, ready, with the public HTTP API and without its limits.
struct BenchServices {
    let application: Program
    private(set) var waitlist: Program
    let notifier: Program
    /// The public API's.
    let port: Int
    /// Requests with a token of the role `service`.
    let requests: HTTPRequestFactory
    /// Where the three services answer `/metrics`.
    let metricsPorts: [Int]
    private let startWaitlist: () throws -> Program
    private let folder: String

    /// - Parameter folder: for the services' files.
    init(_ options: Options, in folder: String, _ session: BlockingClient) throws {
        let secret = UUID().uuidString
        let port = try Measure.freePort()
        self.port = port
        let ports = try (0..<3).map { _ in try Measure.freePort() }
        metricsPorts = ports
        func start(_ name: String, port: Int, adminPort: Int = 0) throws -> Program {
            try Program(
                // The broker may have been used by an earlier run, whose files are gone.
                "\(options.binaries)/\(name)", ["--accept-empty"],
                environment: [
                    "PARTITIONS": "1",
                    "AMQP_URL": options.broker, "DATA_DIR": folder + "/data", "HTTP_PORT": String(port),
                    "ADMIN_PORT": String(adminPort), "LOG_LEVEL": "warning", "AUTH_SECRET": secret, "RATE_LIMIT": "0",
                ])
        }
        application = try start("ApplicationService", port: port, adminPort: ports[0])
        startWaitlist = { try start("WaitlistService", port: ports[1]) }
        waitlist = try startWaitlist()
        self.folder = folder + "/data"
        notifier = try start("NotifierService", port: ports[2])
        requests = HTTPRequestFactory(
            token: try Program.output(
                of: "\(options.binaries)/ApplicationService", ["token", "--role", "service", "--sub", "bench"],
                environment: ["AUTH_SECRET": secret]))
        try Measure.until("the services are ready") {
            let answer = try? HTTPLoad(port: port, connections: 1).run(
                [HTTPRequestFactory().get("/readyz")], expecting: 200)
            return try answer != nil && session.consumerCount("waitlist.p00") > 0
                && session.consumerCount("notifier.p00") > 0
        }
    }

    /// As after the loss of its disk.
    mutating func restartWaitlistWithoutFile() throws {
        waitlist.stop()
        for file in try FileManager.default.contentsOfDirectory(atPath: folder) where file.hasPrefix("waitlist-") {
            try FileManager.default.removeItem(atPath: "\(folder)/\(file)")
        }
        waitlist = try startWaitlist()
    }

    func stop() {
        for program in [notifier, waitlist, application] { program.stop() }
    }
}
