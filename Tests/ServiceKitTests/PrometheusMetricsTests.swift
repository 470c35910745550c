import Metrics
import Testing

@testable import ServiceKit

@Suite struct PrometheusMetricsTests {
    @Test func `the exposition format: help and type once, families and series in order`() {
        let metrics = PrometheusMetrics(help: ["a": "Apples.", "b_total": "Bees."])
        func bees(_ kind: String) -> Counter {
            Counter(label: "b_total", dimensions: [("kind", kind), ("n", "1")], factory: metrics)
        }
        bees("x").increment()
        bees("x").increment(by: 2)
        bees("a").increment()
        let apples = Gauge(label: "a", factory: metrics)
        apples.record(1.5)
        apples.record(0.25)
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

    @Test func `a timer is a histogram in seconds, with cumulative buckets`() {
        let metrics = PrometheusMetrics(buckets: [0.001, 0.5, 1])
        let timer = Timer(label: "t_seconds", dimensions: [("p", "1")], factory: metrics)
        // A bound belongs to its bucket.
        for duration in [Duration.microseconds(300), .milliseconds(500), .milliseconds(501), .seconds(2)] {
            timer.record(duration: duration)
        }
        #expect(
            metrics.text == """
                # TYPE t_seconds histogram
                t_seconds_bucket{p="1",le="0.001"} 1
                t_seconds_bucket{p="1",le="0.5"} 2
                t_seconds_bucket{p="1",le="1"} 3
                t_seconds_bucket{p="1",le="+Inf"} 4
                t_seconds_sum{p="1"} 3.0013
                t_seconds_count{p="1"} 4

                """)
    }

    @Test func `a recorder that aggregates is a histogram of its values, another a gauge`() {
        let metrics = PrometheusMetrics(buckets: [1])
        let sizes = Recorder(label: "sizes", dimensions: [], aggregate: true, factory: metrics)
        sizes.record(1)
        sizes.record(7)
        Recorder(label: "level", dimensions: [], aggregate: false, factory: metrics).record(7)
        #expect(
            metrics.text == """
                # TYPE level gauge
                level 7
                # TYPE sizes histogram
                sizes_bucket{le="1"} 1
                sizes_bucket{le="+Inf"} 2
                sizes_sum 8
                sizes_count 2

                """)
    }

    @Test func `a meter rises and falls; a counter of seconds keeps its fractions`() {
        let metrics = PrometheusMetrics()
        let meter = Meter(label: "open", factory: metrics)
        meter.increment(by: 3)
        meter.decrement()
        let seconds = FloatingPointCounter(label: "s_total", factory: metrics)
        seconds.increment(by: 0.25)
        seconds.increment(by: 0.5)
        #expect(metrics.text == "# TYPE open gauge\nopen 2\n# TYPE s_total counter\ns_total 0.75\n")
    }

    @Test(arguments: [(#"\"#, #"\\"#), ("\"", #"\""#), ("a\nb", #"a\nb"#), (#"\n"#, #"\\n"#), ("é место", "é место")])
    func `label values are escaped`(value: String, written: String) {
        let metrics = PrometheusMetrics()
        Gauge(label: "a", dimensions: [("l", value)], factory: metrics).record(1)
        #expect(metrics.text.hasSuffix("a{l=\"\(written)\"} 1\n"))
    }

    @Test func `names of other libraries are written in Prometheus' characters`() {
        let metrics = PrometheusMetrics()
        Counter(label: "http.server-requests", dimensions: [("http.route", "/")], factory: metrics).increment()
        #expect(metrics.text.hasSuffix("http_server_requests{http_route=\"/\"} 1\n"))
    }

    @Test func `collected values are read at each scrape`() {
        let metrics = PrometheusMetrics()
        let scrapes = Counter(label: "scrapes_total", factory: metrics)
        metrics.collect {
            scrapes.increment()
            return [.gauge("depth", 7, [("partition", "a")]), .counter("gaps", 2)]
        }
        metrics.collect { [.gauge("depth", 8, [("partition", "b")])] }
        _ = metrics.text
        #expect(
            metrics.text == """
                # TYPE depth gauge
                depth{partition="a"} 7
                depth{partition="b"} 8
                # TYPE gaps counter
                gaps 2
                # TYPE scrapes_total counter
                scrapes_total 2

                """)
    }
}
