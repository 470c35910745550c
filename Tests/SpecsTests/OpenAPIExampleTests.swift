import Testing

/// Where the examples of answers stand in the OpenAPI document. They are recorded by an integration test of the same
/// name, which compares their values.
@Suite struct OpenAPIExampleTests {
    private let document: OpenAPI

    init() throws { document = try OpenAPI.served.get() }

    private func examples(of response: JSON) -> [JSON] {
        (response["content"]?.object ?? [:]).values.flatMap { media in
            (media["examples"]?.object ?? [:]).values.map(document.follow)
        }
    }

    @Test func `an example stands at the status with which it was answered`() {
        var count = 0
        for operation in document.operations {
            for (status, response) in operation.responses {
                for example in examples(of: response) {
                    count += 1
                    let name = "\(operation.id) \(status): \(example["summary"]?.string ?? "")"
                    #expect(example["x-status"] == Int(status).map { JSON.int($0) }, "\(name)")
                }
            }
        }
        #expect(count > 100)
    }

    @Test func `every success has an example that its own operation answered`() {
        let successes = document.operations.filter(\.isProtected).flatMap { operation in
            operation.responses.filter { $0.key.hasPrefix("2") && $0.value["content"] != nil }
                .map { (operation.id, $0.value) }
        }
        #expect(successes.count == 31)
        for (operation, response) in successes {
            let operations = examples(of: response).compactMap { $0["x-operation"]?.string }
            #expect(operations.contains(operation), "\(operation)")
        }
    }
}
