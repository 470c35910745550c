import Contracts
import HTTPTypes
import Testing

@testable import Web

@Suite struct BodyBudgetTests {
    @Test func `a caller takes at most its share, all together at most the total, all is given back`() async throws {
        let budget = BodyBudget(total: 100, perCaller: 60)
        try await budget.withAccount(of: "a") { first in
            try first.take(40)
            try first.take(20)
            #expect(throws: Problem.self) { try first.take(1) }
            await budget.withAccount(of: "a") { again in
                let problem = #expect(throws: Problem.self) { try again.take(1) }
                #expect(problem?.code == .unavailable && problem?.headers[.retryAfter] == "1")
            }
            try await budget.withAccount(of: "b") { second in
                try second.take(40)
                #expect(throws: Problem.self) { try second.take(1) }
            }
            await budget.withAccount(of: "c") { third in
                #expect(throws: Never.self) { try third.take(40) }
            }
            #expect(budget.bytes == 60)
        }
        #expect(budget.bytes == 0)
        await budget.withAccount(of: "a") { account in
            #expect(throws: Never.self) { try account.take(60) }
        }
    }

    @Test func `a caller without a share of its own may take the total`() async throws {
        let budget = BodyBudget(total: 100, perCaller: 60)
        try await budget.withAccount(of: nil) { account in
            try account.take(100)
            #expect(throws: Problem.self) { try account.take(1) }
        }
        #expect(budget.bytes == 0)
    }

    @Test func `a request that fails gives back what it has taken`() async {
        let budget = BodyBudget(total: 100, perCaller: 60)
        await #expect(throws: Problem.self) {
            try await budget.withAccount(of: "a") { account in
                try account.take(60)
                try account.take(1)
            }
        }
        #expect(budget.bytes == 0)
    }
}
