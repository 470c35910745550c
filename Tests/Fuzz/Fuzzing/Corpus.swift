import Contracts
import Foundation

/// The seeds for message bodies: every message with all its fields and with the fewest, the customer's own examples,
/// and known edge cases.
enum Corpus {
    static let messages: [[UInt8]] = examples + (full + minimal).map { Array($0.utf8) }

    /// Commands passed on to another partition, and a marker.
    static let forwardedCommands: [[UInt8]] = [
        ForwardedCommands(
            commands: examples.prefix(3).compactMap { body in
                (try? Message(parsing: body)).map {
                    ForwardedCommand(
                        message: $0, messageID: "m", digest: String(repeating: "0f", count: 16),
                        traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
                }
            }),
        ForwardedCommands(commands: [], marker: "a"),
    ].map { $0.encoded() }

    /// Field names of the messages, and names with a meaning to languages and libraries.
    static let names = [
        "action", "data", "fund_id", "volunteer_application_id", "available_spots", "application_description",
        "application_name", "application_date", "application_starttime", "application_endtime", "time_zone", "reason",
        "comment", "volunteer_id", "status", "timestamp", "waiting_volunteers", "release", "expires_at", "sent", "seen",
        "more",
        "user_id",
        "application_id", "position", "commands", "marker", "message_id", "digest", "traceparent", "userId",
        "applicationId", "message", "kind", "stream", "epoch", "from", "head",
        "last", "handshake", "resync", "starts_at", "volunteers", "listed", "cancelled", "first", "restored", "",
        "__proto__", "Action", "action ", "0",
    ]

    /// The number of fields of a message, in its envelope or flat.
    static func fieldCount(of message: Message) -> Int {
        guard case .object(let members)? = JSONTree(parsing: message.encoded()) else { return 0 }
        guard members.count == 2, case .object(let data) = members[1].value else { return members.count }
        return data.count
    }

    static let edgeCases: [[UInt8]] = [
        EdgeValues.repeated("[", 100_000),
        EdgeValues.repeated("{\"a\":", 20_000),
        Array("{\"action\":\"volunteer_response\",\"data\":{\"volunteer_id\":".utf8) + EdgeValues.repeated("1", 10_000)
            + Array("}}".utf8),
        Array("{\"user_id\":1,\"user_id\":\"\\ud800\",\"user_id\":[],\"application_id\":{},\"application_id\":1}".utf8),
        [0xef, 0xbb, 0xbf] + Array(minimal[0].utf8),
        Array("{\"x\":\"".utf8) + [0xff, 0xfe] + Array("\"}".utf8),
    ]

    /// The example files, if the source tree is present.
    private static let examples: [[UInt8]] = {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "ContractsTests/Examples")
        let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        // Sorted by name, so that a seed means the same on every machine.
        return files.sorted { $0.path < $1.path }.filter { $0.pathExtension == "json" }
            .compactMap { try? Array(Data(contentsOf: $0)) }
    }()

    private static let full = [
        """
        {"action":"create_volunteer_application","data":{"fund_id":123,"volunteer_application_id":"app-456",\
        "available_spots":5,"application_description":"Уборка \\"парка\\" \\u000a","application_name":"Парк 🧹",\
        "application_date":"2026-12-09","application_starttime":"14:00:00","application_endtime":"02:00:00",\
        "time_zone":"Europe/Moscow"}}
        """,
        """
        {"action":"update_volunteer_application","data":{"volunteer_application_id":456,"available_spots":100000,\
        "application_description":"","application_name":"x","application_date":"2024-02-29",\
        "application_starttime":"00:00:00","application_endtime":"23:59:59","time_zone":"America/New_York"}}
        """,
        """
        {"action":"cancel_volunteer_application","data":{"volunteer_application_id":456,"reason":"дождь"}}
        """,
        """
        {"action":"volunteer_response","data":{"volunteer_id":789,"volunteer_application_id":456,"status":"declined",\
        "reason":"мест нет"}}
        """,
        """
        {"action":"volunteer_waiting","data":{"volunteer_id":789,"volunteer_application_id":456,"status":"waiting",\
        "timestamp":"2026-11-21T09:30:00.250Z","sent":3,"release":1}}
        """,
        """
        {"action":"notify_free_spot","data":{"volunteer_application_id":456,"available_spots":2,\
        "waiting_volunteers":[1,"volunteer2","007",4],"release":3,"expires_at":"2026-11-22T09:30:00Z","sent":14,\
        "seen":12,"epoch":1795253400000,"more":true}}
        """,
        """
        {"user_id":"5","application_id":"7","timestamp":"2024-12-08T12:30:00","position":1}
        """,
        """
        {"application_id":"7","user_id":"5","status":"место доступно","timestamp":"2026-11-21T09:30:00Z",\
        "expires_at":"2026-11-22T09:30:00+03:00","position":4,"reason":"so","comment":"мест нет"}
        """,
        """
        {"userId":"5","message":"Напоминаем","timestamp":"2026-11-21T09:30:00Z","kind":"reminder","applicationId":"7"}
        """,
        """
        {"action":"resend","data":{"stream":"application.p00>waitlist.p12","epoch":1795253400000,"from":1}}
        """,
        """
        {"action":"stream_head","data":{"stream":"application.p00>waitlist.p00","epoch":1795253400000,"head":5,\
        "handshake":"a-1"}}
        """,
        """
        {"action":"stream_applied","data":{"stream":"notifier.p100>application.p00","epoch":0,"last":0,"handshake":"a",\
        "resync":true}}
        """,
        """
        {"action":"application_state","data":{"volunteer_application_id":456,"application_name":"Парк",\
        "application_date":"2026-12-09","application_starttime":"14:00:00","application_endtime":"18:00:00",\
        "time_zone":"Europe/Moscow","starts_at":"2026-12-09T11:00:00Z","cancelled":false,"available_spots":1,\
        "sent":14,"release":3,"volunteers":[{"volunteer_id":789,"status":"в листе ожидания",\
        "timestamp":"2026-11-21T09:30:00.250Z","expires_at":"2026-11-22T09:30:00Z","listed":true},\
        {"volunteer_id":"a","status":"подтверждено","timestamp":"2026-11-21T09:30:00Z"}],"first":true,"more":true,\
        "restored":true}}
        """,
        """
        {"action":"state_complete","data":{"restored":true}}
        """,
        """
        {"action":"webhook_settings","data":{"caller":"fund:456","generation":1,"rotated_at":"2026-11-21T09:30:00Z",\
        "endpoints":[{"endpoint_id":"p03-1","url":"https://fund.example/hooks","events":"operation.completed",\
        "enabled_at":"2026-11-21T09:30:00Z"}]}}
        """,
        """
        {"action":"webhook_event","data":{"webhook_id":"p00-0","caller":"fund:456","type":"operation.completed",\
        "timestamp":"2026-11-21T09:30:00.250Z","url":"https://fund.example/callback","payload":"{\\"id\\":1}"}}
        """,
    ]

    private static let minimal = [
        #"{"action":"volunteer_response","data":{"volunteer_id":7,"volunteer_application_id":4,"status":"accepted"}}"#,
        """
        {"action":"volunteer_response","data":{"volunteer_id":"a","volunteer_application_id":"b","status":"declined"}}
        """,
        #"{"action":"update_volunteer_application","data":{"volunteer_application_id":456}}"#,
        """
        {"action":"notify_free_spot","data":{"volunteer_application_id":1,"available_spots":0,"waiting_volunteers":[]}}
        """,
        """
        {"action":"application_state","data":{"volunteer_application_id":4,"application_name":"x",\
        "application_date":"2026-12-09","application_starttime":"14:00:00","application_endtime":"18:00:00",\
        "time_zone":"UTC","starts_at":"2026-12-09T14:00:00Z","volunteers":[]}}
        """,
        #"{"action":"state_complete","data":{}}"#,
        #"{"action":"webhook_settings","data":{"caller":"service","generation":0,"endpoints":[]}}"#,
        #"{"user_id":1,"application_id":2,"timestamp":"2024-12-08 12:30:00"}"#,
        #"{"user_id":1,"application_id":2,"status":"отклонено","timestamp":"2024-12-08T12:30:00z"}"#,
        #"{"userId":1,"message":"","timestamp":"0001-01-01T00:00:00Z"}"#,
    ]
}
