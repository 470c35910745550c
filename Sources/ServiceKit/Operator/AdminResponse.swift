/// The answer to an `AdminCommand`: lines for standard output, an error for standard error, and the exit code.
struct AdminResponse: Sendable, Codable {
    var lines: [String] = []
    var error: String?
    var exitCode: Int32 = 0

    /// The socket's field is `complaint`, so that executables of different versions understand each other.
    private enum CodingKeys: String, CodingKey {
        case lines, exitCode
        case error = "complaint"
    }

    static func unknown(_ id: ItemID) -> AdminResponse {
        AdminResponse(error: "there is no \(id)", exitCode: 1)
    }
}
