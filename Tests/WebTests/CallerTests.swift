import Contracts
import Testing

@testable import Web

@Suite struct CallerTests {
    @Test func `a caller's name is role and id`() throws {
        #expect(Caller(role: .fund, id: try ID("456")).name == "fund:456")
        #expect(Caller(role: .volunteer, id: try ID("a:b")).name == "volunteer:a:b")
        #expect(Caller(role: .service, id: nil).name == "service")
    }

    @Test func `names are equal if their bytes are`() throws {
        let composed = Caller(role: .volunteer, id: try ID("caf\u{e9}"))
        let decomposed = Caller(role: .volunteer, id: try ID("cafe\u{301}"))
        #expect(composed.name.string == decomposed.name.string, "equal as Swift strings")
        #expect(composed.name != decomposed.name)
    }
}
