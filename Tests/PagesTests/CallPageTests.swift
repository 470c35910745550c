import Contracts
import Pages
import Testing
import Wording

/// What the page of one call offers, by what has become of the response.
@Suite struct CallPageTests {
    private func page(_ call: Call, _ response: CallResponse?, notice: Notice? = nil) throws -> String {
        let page = CallPage(call: call, response: response, key: FormKey("key-1"), notice: notice)
        let gallery = try Gallery(.en)
        let entry = Gallery.Entry("call", page, as: Gallery.volunteer, at: "/applications/42")
        return gallery.document(of: entry)
    }

    private func buttons(_ page: String) -> [String] {
        page.matches(of: /name="status" value="([a-z]+)"/).map { String($0.output.1) }
    }

    @Test func `a volunteer without a response can respond, and one who takes part can leave`() throws {
        let gallery = try Gallery(.en)
        #expect(try buttons(page(gallery.call, nil)) == ["accepted"])
        #expect(try page(gallery.call, nil).contains(">Respond</button>"))
        #expect(try page(gallery.fullCall, nil).contains(">Join the waiting list</button>"))
        #expect(try buttons(page(gallery.call, gallery.response(.confirmed))) == ["declined"])
        #expect(try buttons(page(gallery.fullCall, gallery.response(.waiting, position: 3))) == ["declined"])
        #expect(try buttons(page(gallery.call, gallery.response(.declined))) == ["accepted"])
    }

    @Test func `a spot can be accepted while it is offered, and while one is free`() throws {
        let gallery = try Gallery(.en)
        let offered = gallery.response(.waiting, position: 1, offerIn: .seconds(1))
        #expect(try buttons(page(gallery.fullCall, offered)) == ["accepted", "declined"])
        let over = gallery.response(.waiting, position: 1, offerIn: .zero, reason: "offer_lapsed")
        #expect(try buttons(page(gallery.fullCall, over)) == ["declined"])
        #expect(try page(gallery.fullCall, over).contains("You stay first on the waiting list."))
        #expect(try buttons(page(gallery.call, gallery.response(.waiting))) == ["accepted", "declined"])
    }

    @Test func `nothing can be done when the call is over, or while a command runs`() throws {
        let gallery = try Gallery(.en)
        for state in CallResponse.State.allCases {
            let response = gallery.response(state)
            #expect(try buttons(page(gallery.startedCall, response)) == [])
            #expect(try buttons(page(gallery.cancelledCall(nil), response)) == [])
            #expect(try buttons(page(gallery.call, response, notice: .running)) == [])
        }
        #expect(try buttons(page(gallery.call, nil, notice: .running)) == [])
        #expect(try buttons(page(gallery.call, nil, notice: .refused(code: "unavailable"))) == ["accepted"])
    }

    @Test func `what an organiser wrote cannot become markup`() throws {
        let gallery = try Gallery(.en)
        var call = gallery.call
        call.name = "<img src=x onerror=alert(1)>"
        call.details = "</p><script>alert(1)</script>"
        let response = gallery.response(.declined, reason: "removed_by_organiser", comment: "\"><b>x</b>")
        let document = try page(call, response)
        #expect(DocumentCheck(document).faults == [])
        #expect(!document.contains("<script>"))
        #expect(!document.contains("<b>x"))
        #expect(document.contains("&lt;img src=x onerror=alert(1)&gt;"))
    }
}
