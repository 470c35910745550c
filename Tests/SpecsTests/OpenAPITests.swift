import Contracts
import Foundation
import Specs
import Testing

/// The OpenAPI document as a whole. `specs/validate_http.py` and `deploy/fuzz-http` check its examples and the
/// responses of the services.
@Suite struct `OpenAPI document` {
    private let document: OpenAPI

    init() throws { document = try OpenAPI.served.get() }

    @Test func `it starts like an OpenAPI document`() throws {
        let text = String(decoding: Specs.openAPI, as: UTF8.self)
        #expect(text.hasPrefix(#"{"openapi":"3.1.0","info":{"title":"#))
    }

    @Test func `every $ref points into the document itself, and every component is used`() {
        let references = document.root.objects().compactMap { place in
            place.object["$ref"]?.string.map { (place.pointer, $0) }
        }
        #expect(references.count > 200)
        for (pointer, target) in references {
            #expect(target.hasPrefix("#/") && document.root.at(target.dropFirst()) != nil, "\(pointer): \(target)")
        }
        let components = (document.root["components"]?.object ?? [:]).filter { $0.key != "securitySchemes" }
        let places = components.flatMap { kind, named in named.keys.map { "#/components/\(kind)/\($0)" } }
        #expect(Set(places).subtracting(references.map(\.1)) == [])
    }

    /// Client generators lose the fields of a `$ref` with properties or a title beside it, and some end with an error
    /// at a schema that is only `null`.
    @Test func `client generators understand it`() {
        for (pointer, object) in document.root.objects() {
            let beside = Set(object.keys).intersection(["properties", "title", "allOf", "type", "required"])
            #expect(object["$ref"]?.string == nil || beside.isEmpty, "\(pointer)")
            // Within anyOf it makes a field optional.
            #expect(object["type"] != .string("null") || pointer.contains("/anyOf/"), "\(pointer)")
        }
    }

    @Test func `every operation has a unique id, a summary and a described tag`() {
        let names = document.operations.map(\.id)
        #expect(names.count == 36 && Set(names).count == names.count && !names.contains(""))
        let explained = Set((document.root["tags"]?.array ?? []).compactMap { $0["name"]?.string })
        #expect(Set(document.operations.flatMap { $0.json["tags"]?.strings ?? [] }) == explained)
        for operation in document.operations {
            #expect(operation.json["tags"]?.strings.count == 1, "\(operation.id)")
            #expect(operation.json["summary"]?.string?.isEmpty == false, "\(operation.id)")
        }
    }

    @Test func `links point to operations and supply their path parameters`() {
        let links = document.operations.flatMap { operation in
            operation.responses.values.flatMap { ($0["links"]?.object ?? [:]).values.map(document.follow) }
        }
        #expect(links.count > 10)
        for link in links {
            let operation = document.operations.first { $0.id == link["operationId"]?.string }
            #expect(operation?.parameters(in: "path") == link["parameters"]?.keys, "\(link)")
        }
    }

    @Test func `the parameters in a path are the described ones`() {
        for operation in document.operations {
            let named = operation.path.matches(of: /\{(\w+)\}/).map { String($0.1) }
            #expect(Set(named) == operation.parameters(in: "path"), "\(operation.id)")
        }
    }

    @Test func `a command returns 202 with a Location, and takes an Idempotency-Key`() {
        let commands = document.operations.filter(\.isCommand)
        #expect(commands.count == 5)
        let repeatable: Set = [
            "testWebhookEndpoint", "retryWebhookDelivery", "retryWebhookDeliveries", "markNotificationsRead",
            "putPreferences", "createStreamTicket", "createEntry",
        ]
        for operation in document.operations where operation.method != "get" {
            let hasKey = operation.parameters(in: "header").contains("Idempotency-Key")
            #expect(hasKey != repeatable.contains(operation.id), "\(operation.id)")
        }
        for command in commands {
            let headers = command.parameters(in: "header").subtracting(["If-Match"])
            #expect(headers == ["Idempotency-Key", "Prefer"], "\(command.id)")
            let accepted = command.responses["202"]
            #expect(accepted?["headers"]?.keys == ["Location", "Retry-After", "Idempotent-Replayed"], "\(command.id)")
            #expect(accepted?["links"]?.keys.contains("operation") == true, "\(command.id)")
            let statuses = Set(command.responses.keys)
            #expect(statuses.isSuperset(of: ["400", "409", "413", "415", "422"]), "\(command.id)")
        }
    }

    @Test func `protected operations list the common problems, others need no authentication`() {
        for operation in document.operations {
            let anywhere: Set<String> = ["400", "401", "403", "421", "429", "500", "503"]
            let missing = anywhere.subtracting(operation.responses.keys)
            #expect(operation.isProtected == operation.path.hasPrefix("/v1/"), "\(operation.id)")
            #expect(missing == [] || !operation.isProtected, "\(operation.id)")
            let isAboutOne = operation.path.contains("{")
            #expect(operation.responses.keys.contains("404") == isAboutOne, "\(operation.id)")
        }
    }

    @Test func `the problem codes match the table, and each has its own status`() throws {
        let problem = try #require(document.schemas["Problem"])
        let table = (problem["description"]?.string ?? "").matches(of: /\| `(\w+)` \| (\d+) \|/)
            .map { [String($0.1), String($0.2)] }
        let rows = (problem["x-one-of"]?.array ?? []).compactMap { row -> [String]? in
            let properties = row["properties"]
            guard let code = properties?["code"]?["const"]?.string,
                case .int(let status)? = properties?["status"]?["const"]
            else { return nil }
            #expect(properties?["type"]?["const"]?.string == "urn:waiting-list:problem:\(code)")
            return [code, "\(status)"]
        }
        #expect(table == rows)
        #expect(problem["properties"]?["code"]?["enum"]?.strings == rows.map { $0[0] })

        let described = ["message", "path", "method"].map { document.root["x-undescribed"]?[$0] }
            .flatMap { ($0?.object ?? [:]).map { ($0.key, document.follow($0.value)) } }
        let answered = (document.operations.flatMap(\.responses) + described).flatMap { status, response in
            let values = response["content"]?["application/problem+json"]?["x-values"]
            return (values?["code"]?.strings ?? []).map { [$0, status] }
        }
        #expect(Set(answered) == Set(rows))
    }
}

/// The HTTP API agrees with the messages.
@Suite struct `OpenAPI and the messages` {
    private let document: OpenAPI

    init() throws { document = try OpenAPI.served.get() }

    private func fields(_ schema: String) -> Set<String> {
        (document.schemas[schema]?["properties"]?.keys ?? []).subtracting(["callback"])
    }

    /// Without the field that only ApplicationService writes.
    private func fields(of message: Action) throws -> Set<String> {
        let schemas = try AsyncAPI.served.get().root["components"]?["schemas"]
        let fields = schemas?[message.rawValue]?["properties"]?["data"]?["properties"]?.keys ?? []
        // Only ApplicationService writes these.
        return fields.subtracting(["starts_at", "sent", "release"])
    }

    @Test func `a command has the fields of its message, except those in the path`() throws {
        let path: Set = ["volunteer_application_id"]
        #expect(try fields("CreateApplication") == fields(of: .create))
        #expect(try fields("UpdateApplication") == fields(of: .update).subtracting(path))
        #expect(try fields("CancelApplication") == fields(of: .cancel).subtracting(path))
        #expect(try fields("Respond") == fields(of: .response).subtracting(path))
        #expect(try fields("Application").isSuperset(of: fields(of: .create)))
    }

    @Test func `an operation is named after its message`() {
        let kinds = document.schemas["Operation"]?["properties"]?["kind"]?["enum"]?.strings
        #expect(kinds == [Action.create, .update, .cancel, .response].map(\.rawValue))
        let statuses = document.schemas["Respond"]?["properties"]?["status"]?["enum"]?.strings
        #expect(Set(statuses ?? []) == Set(ResponseStatus.allCases.map(\.rawValue)))
    }

    @Test func `a command with a body has a callback, which is also among the webhooks`() {
        for operation in document.operations {
            let isCommand = operation.isCommand && operation.json["requestBody"] != nil
            let url = document.follow(operation.json["callbacks"]?["operationCompleted"] ?? .object([:])).keys
            #expect(url == (isCommand ? ["{$request.body#/callback/url}"] : []), "\(operation.id)")
        }
        let posted = document.root["webhooks"]?["operationCompleted"].map(document.follow)
        #expect(posted?["post"]?["requestBody"] != nil)
    }

    @Test func `ids have the same pattern in both documents`() throws {
        let create = try AsyncAPI.served.get().root["components"]?["schemas"]?[Action.create.rawValue]
        let message = create?["$defs"]?["id"]?["anyOf"]?.array
        for (name, index) in [("IdNumber", 0), ("IdText", 1)] {
            let ours = try #require(document.schemas[name]?.object)
            let theirs = try #require(message?[index].object)
            #expect(ours.filter { theirs.keys.contains($0.key) } == theirs, "\(name)")
        }
    }

    @Test func `limits match those of the code`() {
        func int(_ value: JSON?) -> Int? { if case .int(let int)? = value { int } else { nil } }
        let spots = document.schemas["Spots"]
        #expect(int(spots?["minimum"]) == Limits.spots.lowerBound && int(spots?["maximum"]) == Limits.spots.upperBound)
        let name = document.schemas["Name"]
        #expect(int(name?["minLength"]) == Limits.name.lowerBound && int(name?["maxLength"]) == Limits.name.upperBound)
        #expect(int(document.schemas["Description"]?["maxLength"]) == Limits.description.upperBound)
        for (schema, field) in [("CancelApplication", "reason"), ("Respond", "reason"), ("Response", "comment")] {
            let text = document.schemas[schema]?["properties"]?[field]
            #expect(int(text?["maxLength"]) == Limits.reason.upperBound)
        }
    }

    @Test func `texts have the same pattern in both documents, which refuses what the code refuses`() throws {
        let messages = try AsyncAPI.served.get().root["components"]?["schemas"]
        func pattern(_ message: Action, _ field: String) -> String? {
            let schema = messages?[message.rawValue]
            return (schema?["properties"]?["data"] ?? schema)?["properties"]?[field]?["pattern"]?.string
        }
        let name = document.schemas["Name"]?["pattern"]?.string
        let description = document.schemas["Description"]?["pattern"]?.string
        let reason = document.schemas["CancelApplication"]?["properties"]?["reason"]?["pattern"]?.string
        for message in [Action.create, .update] {
            #expect(pattern(message, "application_name") == name)
            #expect(pattern(message, "application_description") == description)
        }
        #expect(document.schemas["Respond"]?["properties"]?["reason"]?["pattern"]?.string == reason)
        for message in [Action.cancel, .response, .spotStatus] { #expect(pattern(message, "reason") == reason) }
        #expect(pattern(.spotStatus, "comment") == reason)
        #expect(pattern(.notification, "message") == description)
        for (field, pattern) in [("application_name", name), ("application_description", description)] {
            let regex = try NSRegularExpression(pattern: try #require(pattern))
            for scalar in ((0...0x3001).compactMap { Unicode.Scalar($0 as UInt32) }) {
                for text in ["a\(scalar)b", "\(scalar)", " \(scalar)"] {
                    let body = JSON.object([field: .string(text)])
                    let isRead = (try? CommandBody(parsing: body.bytes).update(of: .trusted("1"))) != nil
                    let whole = NSRange(location: 0, length: text.utf16.count)
                    let matches = regex.firstMatch(in: text, range: whole)?.range == whole
                    #expect(matches == isRead, "U+\(String(scalar.value, radix: 16))")
                }
            }
        }
    }
}
