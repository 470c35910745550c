package import Contracts
import SeededRandom

/// The services' settings in a run. The seed determines them, so that seeds differ in their settings too.
package struct Conditions: Sendable, Hashable {
    /// `PARTITIONS`.
    package var partitions: Int
    /// `OFFER_FACTOR`; `nil` for `all`.
    package var offerFactor: Int?
    /// Whether ApplicationService runs as two processes: the first owns p00 and the ingress, and forwards commands to
    /// the other.
    package var isSplit: Bool
    /// How many processes of each service share its folder and divide the partitions (`OWNED_PARTITIONS=auto`). The
    /// partitions of each process are fixed if it is 1 and ``moving`` too.
    package var sharing = 1
    /// How many processes of each service have folders of their own, between which partitions are moved. None are moved
    /// if it is 1.
    package var moving = 1
    /// `TIME_ZONE`.
    package var zone: String
    /// Whether files and the broker are lost. What was lost has no complete history, so the checker knows less of such
    /// a run, and only some runs are of this kind.
    package var losesData = false

    package init(partitions: Int = 1, offerFactor: Int? = nil, isSplit: Bool = false, zone: String = "UTC") {
        self.zone = zone
        self.partitions = partitions
        self.offerFactor = offerFactor
        self.isSplit = isSplit && partitions > 1
    }

    /// Several processes of each service, which share a folder or move partitions, take the place of a split
    /// ApplicationService. Then no files are lost: other processes use them, or they may be anywhere.
    package init(seed: UInt64, sharing: Int = 1, moving: Int = 1) {
        var random = SeededGenerator(seed: seed ^ 0xC0DE)
        let partitions = random.element(of: [1, 2, 3, 5])
        let offerFactor = random.chance(percent: 40) ? random.int(in: 1...3) : nil
        let isSplit = random.chance(percent: 60)
        // The contract's default; one that changes its clocks; and one half an hour off, across the date line for some.
        let zone = random.element(of: ["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Auckland"])
        self.init(partitions: partitions, offerFactor: offerFactor, isSplit: isSplit, zone: zone)
        losesData = random.chance(percent: 40)
        guard sharing > 1 || moving > 1 else { return }
        self.sharing = sharing
        self.moving = moving
        self.isSplit = false
        losesData = false
    }

    /// `OFFER_WINDOW`, so short that offers lapse within a run. With an offer factor, the last volunteer on the list is
    /// asked only after the offers of all others have lapsed.
    package var offerWindow: ISODuration { ISODuration(time: .seconds(offerFactor == nil ? 4 : 1)) }

    /// The number of processes of a service.
    package func processes(of service: ServiceName) -> Int {
        service == .application && isSplit ? 2 : max(sharing, moving)
    }

    /// Whether any process may get any partition of its service.
    package var partitionsChangeOwners: Bool { sharing > 1 || moving > 1 }

    /// `OWNED_PARTITIONS` of one of the service's processes. Processes that share a folder divide all of them; those
    /// between which partitions are moved begin with equal shares.
    package func owned(by process: Int, of service: ServiceName) -> [Partition] {
        let all = (0..<partitions).map { Partition(number: $0) }
        if moving > 1 { return all.filter { $0.number % moving == process } }
        guard sharing == 1, processes(of: service) > 1 else { return all }
        return process == 0 ? Array(all.prefix(1)) : Array(all.dropFirst())
    }
}

extension Conditions: CustomStringConvertible {
    package var description: String {
        let offers = offerFactor.map { "\($0) offers per spot" } ?? "offers to all"
        let split = isSplit ? ", ApplicationService in two processes" : ""
        let losses = losesData ? ", losing files and the broker" : ""
        let shared = sharing > 1 ? ", \(sharing) processes of each service" : ""
        let moved = moving > 1 ? ", partitions move between \(moving) processes of each service" : ""
        let count = "\(partitions) partition\(partitions == 1 ? "" : "s")"
        return "\(count), \(offers), \(zone)\(split)\(shared)\(moved)\(losses)"
    }
}
