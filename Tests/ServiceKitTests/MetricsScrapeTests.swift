import Synchronization
import TestSupport
import Testing

@testable import ServiceKit

@Suite struct MetricsScrapeTests {
    private func age(_ text: String) -> Double {
        MetricsSnapshot(text: text).sum(MetricsScrape.ageName)
    }

    @Test func `metrics are collected at most once a second, however often they are asked for`() {
        let clock = TestClock(ContinuousClock.now)
        let collections = Mutex(0)
        let scrape = MetricsScrape(
            now: { clock.now },
            collect: {
                let number = collections.withLock { number in
                    number += 1
                    return number
                }
                return "collections \(number)\n"
            })
        for _ in 1...3 { #expect(scrape.text.hasPrefix("collections 1\n")) }
        #expect(age(scrape.text) == 0)
        clock.advance(.milliseconds(999))
        #expect(scrape.text.hasPrefix("collections 1\n"))
        #expect(age(scrape.text) == 0.999)
        clock.advance(.milliseconds(1))
        #expect(scrape.text.hasPrefix("collections 2\n"))
        #expect(age(scrape.text) == 0)
    }
}
