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
    let invocation = try Invocation(arguments, settings: Setting.shared)
    return try ServiceSettings(SettingsReader(invocation, environment: environment), defaultPort: 8080)
}
