import Testing

@testable import Broker

@Suite struct BrokerEndpointTests {
    @Test(arguments: [
        ("amqp://guest:guest@127.0.0.1:5672/", "guest", "127.0.0.1", 5672, "/"),
        ("amqp://127.0.0.1", "guest", "127.0.0.1", 5672, "/"),
        ("amqps://broker.example", "guest", "broker.example", 5671, "/"),
        ("AMQP://u%40x:p%3Aw@h:1/%2F", "u@x", "h", 1, "/"),
        ("amqp://u:p@[::1]:5673/a%2Fb", "u", "::1", 5673, "a/b"),
        ("amqp://u:p@w@h/v?heartbeat=3", "u", "h", 5672, "v"),
    ])
    func `URLs are parsed`(url: String, user: String, host: String, port: Int, virtualHost: String) throws {
        let endpoint = try BrokerEndpoint(url: url)
        #expect(endpoint.user == user && endpoint.host == host)
        #expect(endpoint.port == port && endpoint.virtualHost == virtualHost)
    }

    @Test func `a URL may name several nodes, each with its port`() throws {
        let endpoint = try BrokerEndpoint(url: "amqp://u:p@a:1,b,[::1]:3/v")
        let nodes = [("a", 1), ("b", 5672), ("::1", 3)].map { BrokerEndpoint.Node(host: $0.0, port: $0.1) }
        #expect(endpoint.nodes == nodes)
        #expect("\(endpoint)" == "amqp://u:***@a:1,b:5672,[::1]:3/v")
        #expect(try BrokerEndpoint(url: endpoint.description).nodes == nodes)
        #expect(endpoint.afterFirstNode().nodes == [nodes[1], nodes[2], nodes[0]])
        #expect(try BrokerEndpoint(url: "amqp://a").afterFirstNode().nodes.map(\.host) == ["a"])
    }

    @Test(arguments: [
        "amqp://a,", "amqp://,a", "amqp://a,,b", "amqp://a,b:x",
        "", "127.0.0.1", "http://h", "amqp://", "amqp://h:0", "amqp://h:65536", "amqp://h:x", "amqp://h/a/b",
        "amqp://h/%zz", "amqp://h/%0", "amqp://u:p%00@h", "amqp://u%ff@h", "amqp://[::1", "amqp://[::1]x",
        "amqp://h?x=1", "amqp://h#f",
        "amqp://u:/secret@h/v", "amqp://h/v@w",
    ])
    func `a malformed URL is refused`(url: String) {
        #expect { try BrokerEndpoint(url: url) } throws: { ($0 as? BrokerError)?.code == .badURL }
    }

    @Test func `no description shows the password`() throws {
        let endpoint = try BrokerEndpoint(url: "amqp://me:hunter2@h/v")
        #expect(!"\(endpoint)".contains("hunter2") && !String(reflecting: endpoint).contains("hunter2"))
        #expect("\(endpoint)" == "amqp://me:***@h:5672/v")
        #expect(endpoint.password == "hunter2")
        #expect(throws: BrokerError.self) { try BrokerEndpoint(url: "amqp://me:hunter2@h:bad/v") }
        do { _ = try BrokerEndpoint(url: "amqp://me:hunter2@h:bad/v") } catch {
            #expect(!"\(error)".contains("hunter2"))
        }
    }

    @Test(arguments: [
        "amqp://u%40x:p@h/v%0Aw", "amqps://%1B%5B31m:p@h:1/%2F", "amqp://u:p@[fe80::1%25eth0]/a%2Fb",
        "amqp://:p@b%C3%BCro/%D0%B8",
    ])
    func `a description is one line, and parses to the same endpoint`(url: String) throws {
        let endpoint = try BrokerEndpoint(url: url)
        let shown = endpoint.description
        #expect(shown.utf8.allSatisfy { (0x21...0x7e).contains($0) })
        let parsed = try BrokerEndpoint(url: shown)
        #expect(parsed.user == endpoint.user && parsed.host == endpoint.host && parsed.port == endpoint.port)
        #expect(parsed.virtualHost == endpoint.virtualHost && parsed.isSecure == endpoint.isSecure)
    }

    @Test func `names above 255 bytes are refused, because AMQP cannot carry them; passwords may be longer`() throws {
        let long = String(repeating: "x", count: 256)
        for url in ["amqp://\(long)@h", "amqp://\(long)", "amqp://h/\(long)", "amqp://a%0Ab/"] {
            #expect { try BrokerEndpoint(url: url) } throws: { ($0 as? BrokerError)?.code == .badURL }
        }
        #expect(try BrokerEndpoint(url: "amqp://u:\(long)@h/\(long.dropLast())").password == long)
    }

    @Test func `a heartbeat is at least one second`() throws {
        #expect(try BrokerEndpoint(url: "amqp://h", heartbeat: .zero).heartbeat == .seconds(1))
        #expect(try BrokerEndpoint(url: "amqp://h?heartbeat=0").heartbeat == .seconds(1))
        #expect(try BrokerEndpoint(url: "amqp://h?heartbeat=30").heartbeat == .seconds(30))
    }
}
