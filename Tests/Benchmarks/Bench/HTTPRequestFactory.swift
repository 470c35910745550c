import Foundation

/// Makes requests as bytes.
struct HTTPRequestFactory {
    /// Nil for requests that need no token.
    var token: String?
    /// Part of every id, so that runs do not share ids.
    private let run = UUID().uuidString.prefix(8).lowercased()

    init(token: String? = nil) { self.token = token }

    func application(_ number: Int) -> String { "/v1/applications/\(run)-\(number)" }

    /// Creates an application with spots for all volunteers.
    func create(_ number: Int) -> [UInt8] {
        post(
            "/v1/applications", key: "create-\(number)",
            """
            {"volunteer_application_id":"\(run)-\(number)","fund_id":"bench","available_spots":100000,\
            "application_name":"Помощь в уборке территории","application_description":"Помощь в уборке парка",\
            "application_date":"2035-12-09","application_starttime":"14:00:00","application_endtime":"18:00:00"}
            """)
    }

    /// - Parameter preference: of the field `Prefer`, such as `wait=5`, or nil.
    func response(to number: Int, by volunteer: String, preferring preference: String? = nil) -> [UInt8] {
        post(
            application(number) + "/responses", key: "\(volunteer)", preferring: preference,
            #"{"volunteer_id":"\#(volunteer)","status":"accepted"}"#)
    }

    func get(_ path: String) -> [UInt8] { Array("GET \(path) HTTP/1.1\r\n\(head)\r\n".utf8) }

    private func post(_ path: String, key: String, preferring preference: String? = nil, _ body: String) -> [UInt8] {
        let prefer = preference.map { "Prefer: \($0)\r\n" } ?? ""
        return Array(
            """
            POST \(path) HTTP/1.1\r\n\(head)Content-Type: application/json\r\nIdempotency-Key: \(key)\r\n\(prefer)\
            Content-Length: \(body.utf8.count)\r\n\r\n\(body)
            """.utf8)
    }

    private var head: String {
        "Host: 127.0.0.1\r\n" + (token.map { "Authorization: Bearer \($0)\r\n" } ?? "")
    }
}
