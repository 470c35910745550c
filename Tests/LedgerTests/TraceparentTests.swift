import Ledger
import Testing

@Suite struct TraceparentTests {
    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let span = "00f067aa0ba902b7"

    @Test func `a header of W3C's version 00 is read`() {
        #expect(Traceparent("00-\(Self.trace)-\(Self.span)-01")?.traceID == Self.trace[...])
        #expect(Traceparent("00-\(Self.trace)-\(Self.span)-ff")?.traceID == Self.trace[...])
    }

    @Test(arguments: [
        "", "00", "01-\(trace)-\(span)-01", "00-\(trace)-\(span)", "00-\(trace)-\(span)-", "00-\(trace)-\(span)-0",
        "00-\(trace)-\(span)-01-more", "00-\(trace)-\(span)-zz", "00-\(trace.uppercased())-\(span)-01",
        "00-\(trace)-00f067aa&ba902b7-01", "00-\(trace)-0000000000000000-01",
        "00-00000000000000000000000000000000-\(span)-01", "00-\(trace)a-\(span)-01",
    ])
    func `anything else begins a new trace`(header: String) {
        #expect(Traceparent(header) == nil)
    }
}
