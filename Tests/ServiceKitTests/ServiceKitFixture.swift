import ArgumentParser
import Broker
import Configuration
import Contracts

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
