import Pages
import Testing

@Suite struct HTMLTests {
    @Test func `text is escaped, and HTML is not`() {
        let text = "<b>&\"'</b> ёж"
        let bold: HTML = "<b>\(text)</b>"
        #expect(bold.string == "<b>&lt;b&gt;&amp;&quot;&#39;&lt;/b&gt; ёж</b>")
        let outer: HTML = "<p\(attribute: "title", text)\(flag: "hidden", if: true)>\(bold)</p>"
        #expect(outer.string == "<p title=\"&lt;b&gt;&amp;&quot;&#39;&lt;/b&gt; ёж\" hidden>\(bold.string)</p>")
    }

    @Test func `an address is percent-encoded`() throws {
        #expect(URLPath.with("/", ["q": "ёж & co", "from": nil]) == "/?q=%D1%91%D0%B6%20%26%20co")
    }
}
