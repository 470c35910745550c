import Foundation
import Specs
import Testing
import Web

/// The examples of problems that no test can cause are written by hand: an operation of 30 days, a client of 15 s, an
/// error of our own, a process that is killed while it answers.
@Suite struct ProblemExampleTests {
    private struct Document: Decodable {
        struct Components: Decodable {
            let responses: [String: Answer]
        }

        struct Answer: Decodable {
            let content: [String: Media]?
        }

        struct Media: Decodable {
            let example: Example?
        }

        struct Example: Decodable, Hashable {
            let type: String
            let title: String
            let status: Int
            let detail: String
            let code: String
        }

        let components: Components
    }

    @Test func `examples that are written by hand are problems as the code writes them`() throws {
        let document = try JSONDecoder().decode(Document.self, from: Data(Specs.openAPI))
        let examples = document.components.responses.compactMapValues { $0.content?.values.first?.example }
        #expect(Set(examples.keys) == ["Expired", "RequestTimeout", "Internal", "CommandUnavailable"])
        for (name, example) in examples {
            let code = try #require(Problem.Code(rawValue: example.code), "\(name)")
            let problem = Problem(code, example.detail)
            #expect(try JSONDecoder().decode(Document.Example.self, from: Data(problem.json)) == example)
        }
    }
}
