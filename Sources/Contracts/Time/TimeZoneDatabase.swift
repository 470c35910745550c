import Foundation
import Synchronization

/// The time zones of a folder of TZif files, such as `/usr/share/zoneinfo`: the rules are the machine's, and not those
/// of the day on which the program was built. A file is read once, and again after it has changed, when ``refresh()``
/// is called.
public final class TimeZoneDatabase: Sendable {
    /// The folder that the environment variable `TZDIR` names, or `/usr/share/zoneinfo`.
    public static let system = TimeZoneDatabase(
        folder: ProcessInfo.processInfo.environment["TZDIR"].flatMap { $0.isEmpty ? nil : $0 }
            ?? "/usr/share/zoneinfo")

    /// The folder.
    public let folder: String
    private let state = Mutex(State())

    private struct State {
        /// The zones that were asked for. There are no more than files, because unknown names are not kept.
        var zones: [String: Zone] = [:]
        var fingerprint: String?
    }

    private final class Zone: Sendable {
        let rules: ZoneRules
        let version: FileVersion

        init(rules: ZoneRules, version: FileVersion) {
            self.rules = rules
            self.version = version
        }
    }

    /// - Parameter folder: the path of the folder.
    public init(folder: String) {
        self.folder = folder
    }

    /// Whether the folder has time zones; `false` if the package tzdata is not installed.
    public var isInstalled: Bool { rules(named: "UTC") != nil }

    /// The rules of the zone with an IANA name, including links such as `Europe/Kiev`; `nil` for any other string.
    public func rules(named name: String) -> ZoneRules? {
        let known = state.withLock { $0.zones[name] }
        if let known { return known.rules }
        guard Self.isName(name), let zone = read(name) else { return nil }
        return state.withLock { state in
            // Another thread may have read it at the same time: both must go on with the same rules.
            if let zone = state.zones[name] { return zone.rules }
            state.zones[name] = zone
            return zone.rules
        }
    }

    /// Whether a string has the form of an IANA name. No file outside the folder has such a name, and none of the
    /// folder's own that is not a place: `posix/` and `right/` repeat all zones, `localtime` and `posixrules` are the
    /// machine's, `Factory` means that no zone has been chosen.
    public static func isName(_ name: String) -> Bool {
        // The longest IANA name has 32 bytes (America/Argentina/ComodRivadavia).
        guard (1...64).contains(name.utf8.count), name != "Factory" else { return false }
        var startsComponent = true
        for (index, byte) in name.utf8.enumerated() {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): startsComponent = false
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"),
                UInt8(ascii: "+"), UInt8(ascii: "-"):
                if index == 0 { return false }
                startsComponent = false
            case UInt8(ascii: "/"):
                if startsComponent { return false }
                startsComponent = true
            default: return false
            }
        }
        return !startsComponent
    }

    // MARK: - Changes of the files

    /// Reads the files again that have changed since they were read. A file that is gone or unreadable counts as
    /// unchanged: the rules that were in force are better than none.
    /// - Returns: whether the rules of a zone have changed.
    public func refresh() -> Bool {
        let zones = state.withLock { $0.zones }
        let reread = zones.compactMap { name, zone -> (String, Zone)? in
            guard let version = FileVersion(of: path(of: name)), version != zone.version else { return nil }
            return read(name).map { (name, $0) }
        }
        let hasChanged = reread.contains { name, zone in zone.rules != zones[name]?.rules }
        guard !reread.isEmpty else { return false }
        state.withLock { state in
            for (name, zone) in reread { state.zones[name] = zone }
            if hasChanged { state.fingerprint = nil }
        }
        return hasChanged
    }

    /// A text that differs from the earlier one if any file has changed. It is computed once, from all files, and again
    /// after ``refresh()`` has found a change.
    public var fingerprint: String {
        if let known = state.withLock({ $0.fingerprint }) { return known }
        let computed = computeFingerprint()
        state.withLock { $0.fingerprint = computed }
        return computed
    }

    private func computeFingerprint() -> String {
        var names: [String] = []
        let paths = FileManager.default.enumerator(atPath: folder)
        while let path = paths?.nextObject() as? String {
            if Self.isName(path) { names.append(path) }
            if path == "posix" || path == "right" { paths?.skipDescendants() }
        }
        var hash = FNV1a()
        for name in names.sorted() {
            guard let bytes = contents(of: name) else { continue }
            hash.combine(name.utf8)
            hash.combine(bytes)
        }
        return String(hash.value, radix: 16)
    }

    // MARK: - Files

    private func path(of name: String) -> String { "\(folder)/\(name)" }

    private func read(_ name: String) -> Zone? {
        // Before the file is read: if it changes in between, the next refresh reads it again.
        guard let version = FileVersion(of: path(of: name)), let bytes = contents(of: name),
            let rules = ZoneRules(tzif: bytes)
        else { return nil }
        return Zone(rules: rules, version: version)
    }

    /// The bytes of a regular file below the folder, after links; `nil` if there is none, or if it is too long for a
    /// zone: the longest has 4 KB.
    private func contents(of name: String) -> [UInt8]? {
        guard let path = Self.resolved(path(of: name)), let folder = Self.resolved(folder),
            path.hasPrefix(folder + "/"), let version = FileVersion(of: path), version.size <= 64 << 10
        else { return nil }
        return FileManager.default.contents(atPath: path).map { [UInt8]($0) }
    }

    private static func resolved(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// Tells a file from the one that replaced it.
    private struct FileVersion: Equatable, Sendable {
        let size: Int
        private let inode: UInt64
        private let modified: (seconds: Int, nanoseconds: Int)

        /// `nil` if there is no regular file.
        init?(of path: String) {
            var status = stat()
            guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
            size = Int(status.st_size)
            inode = UInt64(status.st_ino)
            modified = (Int(status.st_mtim.tv_sec), Int(status.st_mtim.tv_nsec))
        }

        static func == (a: FileVersion, b: FileVersion) -> Bool {
            a.size == b.size && a.inode == b.inode && a.modified == b.modified
        }
    }
}
