import Contracts
import Testing

@testable import Web

@Suite struct VerifiedTokenCacheTests {
    @Test func `the number of cached tokens is bounded`() throws {
        let cache = VerifiedTokenCache()
        let caller = Caller(role: .fund, id: try ID("1"))
        let claims = TokenClaims(caller: caller, notBefore: nil, expires: Issuer.now.advanced(by: .seconds(60)))
        for number in 0..<25_000 { cache.insert(claims, of: "token \(number)", at: Issuer.now) }
        #expect(cache.count <= VerifiedTokenCache.maxCount)
        #expect(cache.caller(of: "token 24999", at: Issuer.now) == caller)
        #expect(cache.caller(of: "token 24999", at: Issuer.now.advanced(by: .seconds(60))) == nil)
    }
}
