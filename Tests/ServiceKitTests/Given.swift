import Broker
import Contracts
import Foundation
import Ledger
import Synchronization

@testable import ServiceKit

let here = Address(service: .application, partition: Partition(number: 0))
let waitlist = Address(service: .waitlist, partition: Partition(number: 0))
let stranger = Address(service: .notifier, partition: Partition(number: 0))

func stream(_ producer: Address, _ consumer: Address) -> StreamName {
    StreamName(producer: producer, consumer: consumer)
}

/// A channel whose deliveries nobody settles here.
final class NoBook: AckTarget {
    let isCurrent = true

    func settle(_ tags: [UInt64]) {}
}

func settings(
    _ environment: [String: String] = [:], _ arguments: [String] = []
) throws(ConfigurationError) -> ServiceSettings {
    let invocation = try Invocation(arguments, settings: Setting.shared)
    return try ServiceSettings(SettingsReader(invocation, environment: environment), defaultPort: 8080)
}
