import Foundation
import ServiceLifecycle

/// Keeps the promise that a process ends within 10 s of SIGTERM (contract section 9), whatever hangs.
///
/// The services stop one after another and share ``graceful``; then all are cancelled, and connections are dropped
/// instead of waiting for the broker. At ``alarmSeconds`` the kernel's timer ends the process, even if the disk hangs
/// or no thread is left: what is committed is on disk, and what is not was not acked.
struct StopDeadline: Service {
    static let graceful: Duration = .seconds(8)
    static let alarmSeconds: UInt32 = 9

    func run() async throws {
        // A failed service cancels the others instead: then the process ends with the code of the failure.
        do { try await gracefulShutdown() } catch { return }
        signal(SIGALRM) { _ in _exit(0) }
        alarm(Self.alarmSeconds)
    }
}
