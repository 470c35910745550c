import Contracts
import Testing

@testable import Web

@Suite struct CallerTests {
    @Test func `a caller's name is role and id`() throws {
        #expect(Caller(role: .fund, id: try ID("456")).name == "fund:456")
        #expect(Caller(role: .volunteer, id: try ID("a:b")).name == "volunteer:a:b")
        #expect(Caller(role: .service, id: nil).name == "service")
    }
}
