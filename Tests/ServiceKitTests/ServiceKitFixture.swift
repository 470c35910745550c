import ArgumentParser
import Broker
import Configuration
import Contracts
import Ledger

@testable import ServiceKit

let application = Address(service: .application, partition: Partition(number: 0))
let waitlist = Address(service: .waitlist, partition: Partition(number: 0))
let notifier = Address(service: .notifier, partition: Partition(number: 0))

func stream(_ producer: Address, _ consumer: Address) -> StreamName {
    StreamName(producer: producer, consumer: consumer)
}

func settings(
    _ environment: [String: String] = [:], _ arguments: [String] = []
) throws(ConfigurationError) -> ServiceSettings {
    let options = try CommandLineSettings.extract(from: arguments, known: TestService.program.settings).settings
    return try ServiceSettings(
        SettingsReader([options.provider, EnvironmentVariablesProvider(environmentVariables: environment)]),
        defaultPort: 8080)
}

/// A service with the settings and verbs that every service has.
struct TestService: ParsableCommand {
    static let program = ServiceProgram("TestService", abstract: "A service.", defaultPort: 8080, settings: [])
    static let configuration = CommandConfiguration.service(program)
}

/// A service that decides nothing.
struct NoOpHandler: LedgerHandler {
    func apply(_ inbound: InboundMessage, in transaction: LedgerTransaction) -> Disposition { .applied }
    func discarded(_ inbound: InboundMessage, in transaction: LedgerTransaction) {}
    func timerFired(_ timer: LedgerTimer, in transaction: LedgerTransaction) {}
    func runStep(of job: LedgerJob, in transaction: LedgerTransaction) -> LedgerJob? { nil }
}
