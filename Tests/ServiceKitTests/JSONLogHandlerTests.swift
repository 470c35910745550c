import Contracts
import Foundation
import Logging
import Testing

@testable import ServiceKit

@Suite struct JSONLogHandlerTests {
    @Test func `a line is one JSON object, in which a message's own metadata win`() throws {
        var handler = JSONLogHandler(
            label: "Service", metadataProvider: Logger.MetadataProvider { ["a": "provided", "b": "provided"] })
        handler[metadataKey: "a"] = "logger's"
        handler[metadataKey: "c"] = "\"quoted\"\n"
        let event = LogEvent(
            level: .info, message: "Done", metadata: ["b": "own"], source: "", file: "", function: "", line: 0)
        let line = handler.line(of: event, at: Timestamp(milliseconds: 250))
        #expect(
            String(decoding: line, as: UTF8.self) == """
                {"time":"1970-01-01T00:00:00.250Z","level":"info","service":"Service","message":"Done",\
                "metadata":{"a":"provided","b":"own","c":"\\"quoted\\"\\n"}}

                """)
    }
}
