import Testing

@testable import BundleSpecs

@Suite struct BundlerTests {
    private func bundle(_ yaml: String, _ files: [String: String] = [:]) throws -> String {
        let bundler = Bundler(files: files.mapValues { [UInt8]($0.utf8) })
        return String(decoding: try bundler.json(of: [UInt8](yaml.utf8)), as: UTF8.self)
    }

    @Test func `YAML becomes JSON with the same order of keys`() throws {
        let yaml = """
            b: [1, -2.5, true, null, ~]
            a: {d: 2024-12-09, c: '14', e: "\\"\\\\\\n\\t\\u0001я"}
            9223372036854775807: yes
            """
        let json = try bundle(yaml)
        let expected =
            #"{"b":[1,-2.5,true,null,null],"a":{"d":"2024-12-09","c":"14","e":"\"\\\n\u0009\u0001я"},"#
            + #""9223372036854775807":true,"components":{"schemas":{}}}"#
        #expect(json == expected)
    }

    @Test func `a referenced file is included once, with the files it references`() throws {
        let json = try bundle(
            """
            x: {$ref: m/a.schema.json}
            y: {$ref: 'm/a.schema.json#/$defs/i'}
            z: {$ref: '#/x'}
            components: {schemas: {own: {}}}
            """,
            [
                "m/a.schema.json":
                    ##"{"$schema":"s","$id":"a","p":{"$ref":"#/$defs/i"},"q":{"$ref":"b.json"},"$defs":{"i":{}}}"##,
                "m/b.json": ##"{"$ref":"a.schema.json#/$defs/i"}"##,
                "m/c.json": "{}",
            ])
        let expected =
            ##"{"x":{"$ref":"#/components/schemas/a"},"y":{"$ref":"#/components/schemas/a/$defs/i"},"##
            + ##""z":{"$ref":"#/x"},"components":{"schemas":{"own":{},"##
            + ##""a":{"p":{"$ref":"#/components/schemas/a/$defs/i"},"q":{"$ref":"#/components/schemas/b"},"##
            + ##""$defs":{"i":{}}},"b":{"$ref":"#/components/schemas/a/$defs/i"}}}}"##
        #expect(json == expected)
    }

    @Test func `an example replaces its reference`() throws {
        let json = try bundle("x: {y: {$ref: examples/a.json}}", ["examples/a.json": #"{"value":{"$ref":"b"}}"#])
        #expect(json == #"{"x":{"y":{"value":{"$ref":"b"}}},"components":{"schemas":{}}}"#)
    }

    @Test(arguments: [
        "x: {$ref: examples/nowhere.json}", "x: {$ref: nowhere.json}", "x: {$ref: 'https://example.com/a.json'}",
        "x: {$ref: '#anchor'}", "[]", "", "x: [",
        "x: .inf", "x: 99999999999999999999", "? [a]\n: b", "x: {$ref: own.json}\ncomponents: {schemas: {own: {}}}",
    ])
    func `references that cannot be bundled and values that are not JSON are refused`(yaml: String) {
        #expect(throws: (any Error).self) { try bundle(yaml, ["own.json": "{}"]) }
    }
}
