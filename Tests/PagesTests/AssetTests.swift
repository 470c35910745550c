import Pages
import Testing

@Suite struct AssetTests {
    @Test func `the address of a file names its content`() {
        for asset in Asset.all { #expect(asset.path.contains(/^\/assets\/[a-z]+-[0-9a-f]{8}\.[a-z]+$/)) }
        #expect(Set(Asset.all.map(\.path)).count == Asset.all.count)
    }

    @Test func `comments and indentation are not sent`() {
        for asset in [Asset.style, Asset.script] {
            let lines = String(decoding: asset.content, as: UTF8.self).split(separator: "\n")
            #expect(lines.count > 50)
            #expect(!lines.contains { $0.hasPrefix(" ") || $0.hasPrefix("//") || $0.hasPrefix("/*") })
        }
        #expect(String(decoding: Asset.script.content, as: UTF8.self).hasPrefix("'use strict';"))
    }
}
