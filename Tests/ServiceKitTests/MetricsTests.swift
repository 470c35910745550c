import Testing

@testable import ServiceKit

@Suite struct MetricsTests {
    @Test func `the exposition format: help and type once, families and samples in order`() {
        let metrics = Metrics()
        metrics.add("b_total", help: "Bees.", ["kind": "x", "n": "1"])
        metrics.add("b_total", 2, help: "Bees.", ["kind": "x", "n": "1"])
        metrics.add("b_total", help: "Bees.", ["kind": "a", "n": "1"])
        metrics.set("a", 1.5, help: "Apples.")
        metrics.set("a", 0.25, help: "Apples.")
        #expect(
            metrics.text == """
                # HELP a Apples.
                # TYPE a gauge
                a 0.25
                # HELP b_total Bees.
                # TYPE b_total counter
                b_total{kind="a",n="1"} 1
                b_total{kind="x",n="1"} 3

                """)
    }

    @Test(arguments: [(#"\"#, #"\\"#), ("\"", #"\""#), ("a\nb", #"a\nb"#), (#"\n"#, #"\\n"#), ("é место", "é место")])
    func `label values are escaped`(value: String, written: String) {
        let metrics = Metrics()
        metrics.set("a", 1, help: "Apples.", ["l": value])
        #expect(metrics.text.hasSuffix("a{l=\"\(written)\"} 1\n"))
    }

    @Test func `gauges that somebody has to ask for are asked at each scrape`() {
        let metrics = Metrics()
        metrics.collect { metrics.add("scrapes_total", help: "Scrapes.") }
        _ = metrics.text
        #expect(metrics.text.hasSuffix("scrapes_total 2\n"))
    }
}
