import Broker
import Foundation
import Synchronization
import TestSupport

/// Keeps what the services published in the file that `RECORDING` names, as JSON lines with the raw body as text, for
/// `specs/messages/validate.py`.
enum Recording {
    private static let lock = Mutex(())

    static func append(_ recorded: [Watch.Recorded]) {
        guard let path = ProcessInfo.processInfo.environment["RECORDING"] else { return }
        let lines = recorded.lazy.filter(\.isOurs).map { record in
            let fields = [
                "\"action\":\(quoted(record.properties.type ?? ""))", "\"exchange\":\(quoted(record.exchange))",
                "\"routingKey\":\(quoted(record.routingKey))", "\"body\":\(quoted(record.text))",
            ]
            return "{\(fields.joined(separator: ","))}\n"
        }
        let data = Data(lines.joined().utf8)
        lock.withLock { _ in
            if !FileManager.default.fileExists(atPath: path) {
                _ = FileManager.default.createFile(atPath: path, contents: nil)
            }
            guard let file = FileHandle(forWritingAtPath: path) else { return }
            defer { try? file.close() }
            _ = try? file.seekToEnd()
            try? file.write(contentsOf: data)
        }
    }

    private static func quoted(_ text: String) -> String {
        let data = try? JSONEncoder().encode(text)
        return data.map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
    }
}
