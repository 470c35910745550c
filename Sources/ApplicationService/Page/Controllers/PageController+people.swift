import Contracts
import HTTPTypes
import Hummingbird
import Pages
import Web

/// Those who responded to a fund's call, what they were told, and the removal of one.
extension PageController {
    /// `/calls/{id}/people`
    func people(_ request: Request, _ context: PageRequestContext) async throws -> Response {
        let id = try context.id()
        let state = try request.state()
        return try await show(request, context) { api in
            async let call = api.call(id)
            async let notice = request.notice(by: api)
            let list = try await api.responses(
                to: id, state: state, limit: Self.peoplePerPage, cursor: try request.cursor())
            return PeoplePage(
                call: try await call, people: list.items, state: state,
                next: list.cursor.map { cursor in
                    URLPath.with(URLPath.people(id), ["state": state?.rawValue, "cursor": cursor])
                },
                notice: try await notice)
        }
    }

    private static let peoplePerPage = 50

    /// `/calls/{id}/people.csv`: all of them, page by page of the API as the client reads.
    func peopleCSV(_ request: Request, _ context: PageRequestContext) async throws -> Response {
        let id = try context.id()
        let state = try request.state()
        let api = api(for: context)
        // Before anything is sent, so that a call that cannot be read is an error and no file.
        let first = try await api.responses(to: id, state: state, limit: PageAPI.listLimit, cursor: nil)
        let headers: HTTPFields = [
            .contentType: "text/csv; charset=utf-8; header=present", .cacheControl: "no-store",
            .contentDisposition: "attachment; filename=\"people.csv\"",
        ]
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { writer in
                try await writer.write(ByteBuffer(bytes: CSVRow.byteOrderMark + CSVRow.responseHeader.bytes))
                var page = first
                while true {
                    try await writer.write(ByteBuffer(bytes: page.items.flatMap { CSVRow($0).bytes }))
                    guard let cursor = page.cursor else { break }
                    // An error closes the connection before the end: a part of the file would look complete.
                    page = try await api.responses(to: id, state: state, limit: PageAPI.listLimit, cursor: cursor)
                }
                try await writer.finish(nil)
            })
    }

    /// `/calls/{id}/messages`
    func told(_ request: Request, _ context: PageRequestContext) async throws -> Response {
        let id = try context.id()
        return try await show(request, context) { api in
            async let call = api.call(id)
            let list = try await api.told(about: id, limit: Self.peoplePerPage, cursor: try request.cursor())
            return ToldPage(
                call: try await call, messages: list.items,
                next: list.cursor.map { URLPath.with(URLPath.told(id), ["cursor": $0]) })
        }
    }

    // MARK: - One person

    /// `/calls/{id}/people/{volunteer_id}`
    func person(_ request: Request, _ context: PageRequestContext) async throws -> Response {
        try await person(request, context, form: ReasonForm().formValues(), key: .random()) { api in
            try await request.notice(by: api)
        }
    }

    /// POST of `/calls/{id}/people/{volunteer_id}`
    func removePerson(_ request: Request, _ context: PageRequestContext) async throws -> Response {
        let id = try context.id()
        let volunteer = try context.id("volunteer_id")
        let form = ReasonForm(context.form)
        let key = try FormKey(context.form)
        let api = api(for: context)
        // The API lets a fund decline for anyone, and the page only for those who have responded.
        guard try await api.response(of: volunteer, to: id) != nil else { throw Problem.notFound }
        do {
            let operation = try await api.command(
                .post, APIPath.responses(id), form.removal(of: volunteer), key: key)
            return seeOther(URLPath.person(volunteer, of: id), after: operation)
        } catch let problem as Problem {
            let notice: Notice? = problem.errors.isEmpty ? .refused(code: problem.code.rawValue) : nil
            return try await person(
                request, context, status: problem.status, form: form.formValues(problem), key: key.after(problem)
            ) { _ in notice }
        }
    }

    private func person(
        _ request: Request, _ context: PageRequestContext, status: HTTPResponse.Status = .ok, form: FormValues,
        key: FormKey, notice: @Sendable (PageAPI) async throws -> Notice?
    ) async throws -> Response {
        let id = try context.id()
        let volunteer = try context.id("volunteer_id")
        return try await show(request, context, status: status) { api in
            async let call = api.call(id)
            guard let person = try await api.response(of: volunteer, to: id) else { throw Problem.notFound }
            let notice = try await notice(api)
            return PersonPage(call: try await call, person: person, form: form, key: key, notice: notice)
        }
    }
}

extension Request {
    /// Only responses with this state; nil for all.
    fileprivate func state() throws(Problem) -> CallResponse.State? { try query("state") }
}
