import CMalloc
import ServiceLifecycle

/// Returns the memory that a flood has used and freed to the kernel (contract section 7).
///
/// glibc keeps freed memory for the next batch, and by itself returns only what lies at the end of its main heap. After
/// thousands of large bodies that would leave hundreds of megabytes with the process for good.
struct FreedMemory: Service {
    /// What the process may keep: several large batches.
    private static let kept = 32 << 20
    /// Rare, so that a steady load does not get its memory from the kernel again and again.
    private static let interval: Duration = .seconds(5)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: Self.interval)) != nil { Self.returnExcess() }
        }
    }

    static func returnExcess() {
        guard bytes > kept else { return }
        malloc_trim(kept)
    }

    /// The bytes that were freed and are kept for later allocations.
    static var bytes: Int { malloc_free_bytes() }
}
