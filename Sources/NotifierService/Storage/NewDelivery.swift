import Contracts
import NotifierDomain

/// A delivery that is to be stored.
struct NewDelivery: Hashable {
    /// Identifies the event for its receivers.
    var event: String
    var caller: String
    /// Nil for the callback of a command.
    var endpoint: String?
    var type: String
    var url: String
    var body: [UInt8]
    var progress: DeliveryProgress
}
