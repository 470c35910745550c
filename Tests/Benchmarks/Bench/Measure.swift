import Dispatch
import Foundation

/// Measurements shared by the benchmarks.
enum Measure {
    /// Monotonic time in nanoseconds.
    static var nanoseconds: Int { Int(DispatchTime.now().uptimeNanoseconds) }

    static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    /// The time of a 4 KiB write with fdatasync in the folder, in microseconds: the median of 200.
    static func syncCost(in folder: String) throws -> Int {
        let times = try syncs(200, in: folder)
        return times.sorted()[times.count / 2] / 1000
    }

    /// The times of 4 KiB writes with fdatasync in the folder, in nanoseconds.
    static func syncs(_ count: Int, in folder: String) throws -> [Int] {
        let descriptor = open(folder + "/sync", O_CREAT | O_WRONLY, 0o600)
        guard descriptor >= 0 else { throw BenchError("cannot write to \(folder)") }
        defer { close(descriptor) }
        let page = [UInt8](repeating: 7, count: 4096)
        return (0..<count).map { _ in
            let started = nanoseconds
            _ = page.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            fdatasync(descriptor)
            return nanoseconds - started
        }
    }

    /// - Returns: the closure's result, and the CPU time of the whole machine during it, in seconds.
    static func machineCost<Value>(of body: () throws -> Value) rethrows -> (Value, Double) {
        let before = busySeconds
        let value = try body()
        return (value, busySeconds - before)
    }

    /// CPU time of a process so far, user and system, in seconds. 0 if it has ended.
    static func cpuSeconds(of process: Int32) -> Double {
        let text = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
        let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return 0 }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Sleeps until a time of ``nanoseconds``.
    static func sleep(until time: Int) {
        var time = timespec(tv_sec: time / 1_000_000_000, tv_nsec: time % 1_000_000_000)
        while clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nil) == EINTR {}
    }

    private static var busySeconds: Double {
        let text = (try? String(contentsOfFile: "/proc/stat", encoding: .utf8)) ?? ""
        let ticks = text.prefix { $0 != "\n" }.split(separator: " ").dropFirst().compactMap { Double($0) }
        // user, nice, system, idle, iowait, irq, softirq, steal; the later columns are included in user and nice.
        guard ticks.count >= 8 else { return 0 }
        return (ticks[..<3].reduce(0, +) + ticks[5..<8].reduce(0, +)) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    static func until(
        _ what: String, within seconds: Double = 60, every pause: Double = 0.02, _ condition: () throws -> Bool
    ) throws {
        let deadline = Date(timeIntervalSinceNow: seconds)
        while try !condition() {
            guard Date.now < deadline else { throw BenchError("not within \(seconds) s: \(what)") }
            Thread.sleep(forTimeInterval: pause)
        }
    }

    /// A port on this machine that is currently free.
    static func freePort() throws -> Int {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let outcome = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, length) == 0 ? getsockname(socket, $0, &length) : -1
            }
        }
        guard outcome == 0 else { throw BenchError("no free port") }
        return Int(in_port_t(bigEndian: address.sin_port))
    }
}
