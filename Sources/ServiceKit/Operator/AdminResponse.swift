/// The answer to an `AdminCommand`: lines for standard output, an error for standard error, and the exit code.
struct AdminResponse: Sendable, Codable {
    var lines: [String] = []
    var error: String?
    var exitCode: Int32 = 0

    static func unknown(_ id: ItemID) -> AdminResponse {
        AdminResponse(error: "there is no \(id)", exitCode: 1)
    }
}
