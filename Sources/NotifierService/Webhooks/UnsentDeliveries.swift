import Contracts
import Ledger
import ServiceLifecycle

/// Runs instead of the dispatcher if there is no `WEBHOOK_MASTER_KEY`: warns when a delivery is pending, and sends
/// nothing.
struct UnsentDeliveries: Service {
    private let files: [LedgerFile]
    private let notices: DeliveryNotices
    private let warn: @Sendable () -> Void

    init(_ files: [LedgerFile], _ notices: DeliveryNotices, warn: @escaping @Sendable () -> Void) {
        self.files = files
        self.notices = notices
        self.warn = warn
    }

    func run() async throws {
        let wakes = notices.listen()
        defer { notices.stopListening() }
        // A file that cannot be read now may be readable at the next start.
        let isPending = files.contains { file in
            (try? file.pointRead { try DeliveryStore($0).oldestDue() }) != nil
        }
        if isPending { warn() }
        await cancelWhenGracefulShutdown {
            for await _ in wakes where !self.notices.take().isEmpty { self.warn() }
        }
    }
}
