/// A command's data as an HTTP body (contract section 8): the fields of section 2 without the envelope, and without
/// those that the path or the caller gives.
public struct CommandBody: Sendable {
    private let bytes: [UInt8]

    /// No input traps.
    /// - Throws: ``MessageError`` if the body is not a JSON object.
    public init(parsing body: [UInt8]) throws(MessageError) {
        if let error = body.withUnsafeBufferPointer(JSONSyntax.check) { throw error }
        bytes = body
    }

    /// The data of create.
    /// - Parameters:
    ///   - assigned: the application's id if the body has none.
    ///   - caller: the fund if the body names none.
    public func create(assigned: ID, caller: ID?) throws(MessageError) -> CreateVolunteerApplication {
        try read(Given(applicationID: assigned, fundID: caller))
    }

    /// The data of update for the application in the path.
    public func update(of application: ID) throws(MessageError) -> UpdateVolunteerApplication {
        try read(Given(applicationID: application))
    }

    /// The data of cancel for the application in the path.
    public func cancellation(of application: ID) throws(MessageError) -> CancelVolunteerApplication {
        try read(Given(applicationID: application))
    }

    /// A response to the application in the path.
    /// - Parameter caller: the volunteer if the body names none.
    public func response(to application: ID, caller: ID?) throws(MessageError) -> VolunteerResponse {
        try read(Given(applicationID: application, volunteerID: caller))
    }

    /// Where the body asks for a callback, an object with a `url`; `nil` if the field is absent or null. What the URL
    /// may be is not checked here.
    public func callback() throws(MessageError) -> String? {
        try read { fields in
            try fields.object(.callback).map { try $0.required(.url, $0.text(.url, in: Limits.callbackURL)) }
        }
    }

    /// A webhook endpoint.
    /// - Returns: where events are posted, and the names of their types; `nil` for all.
    public func webhookEndpoint() throws(MessageError) -> (url: String, events: [String]?) {
        try read { fields in
            (try fields.required(.url, fields.text(.url, in: Limits.callbackURL)), try fields.strings(.events))
        }
    }

    /// A link with which a volunteer or a fund enters the page.
    /// - Returns: one of the ids, and the address of the page that is shown first; its form is not checked here.
    public func entry() throws(MessageError) -> (volunteer: ID?, fund: ID?, returnTo: String?) {
        try read { fields in
            let volunteer = try fields.id(.volunteerID, .enveloped)
            let fund = try fields.id(.fundID, .enveloped)
            guard fund == nil || volunteer == nil else {
                throw fields.error(.badValue, .fundID, "must be absent beside a volunteer_id")
            }
            _ = try fields.required(.volunteerID, volunteer ?? fund)
            return (volunteer, fund, try fields.text(.returnTo, in: 1...Limits.returnAddressBytes))
        }
    }

    /// The fields that need not be in the body.
    struct Given {
        var applicationID: ID
        var fundID: ID?
        var volunteerID: ID?
    }

    private func read<Command: CommandData>(_ given: Given) throws(MessageError) -> Command {
        let command = try read { try Command($0, given: given) }
        try command.checkTexts(in: "")
        return command
    }

    private func read<Value>(_ make: (JSONObject) throws -> Value) throws(MessageError) -> Value {
        try JSONBody.read(bytes, make)
    }
}
