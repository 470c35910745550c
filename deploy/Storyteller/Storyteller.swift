import Broker
import Contracts
import Dispatch
import Foundation
import Logging

/// Plays the customer's story through the broker, prints each message as it happens, and checks the outcome against
/// contract section 5.
@main
struct Storyteller {
    let options: Options
    let endpoint: BrokerEndpoint
    private let events: AsyncStream<Event>
    private let put: AsyncStream<Event>.Continuation

    static func main() async {
        do {
            let options = try Options(CommandLine.arguments.dropFirst(), ProcessInfo.processInfo.environment)
            if options.wantsHelp {
                Screen().write("\(Options.help)\n")
                exit(0)
            }
            let endpoint = try BrokerEndpoint(url: options.url)
            exit(await Storyteller(options: options, endpoint: endpoint).run())
        } catch {
            let text = (error as? BrokerError)?.detail ?? "\(error)"
            FileHandle.standardError.write(Data("Storyteller: \(text)\n".utf8))
            exit(64)
        }
    }

    init(options: Options, endpoint: BrokerEndpoint) {
        self.options = options
        self.endpoint = endpoint
        (events, put) = AsyncStream.makeStream(of: Event.self)
    }

    /// - Returns: the exit code: 0 if the story went as expected, 1 if not, 128 plus the signal number if interrupted.
    private func run() async -> Int32 {
        let signals = listenForSignals()
        defer { for signal in signals { signal.cancel() } }
        let quiet = Logger(label: "storyteller") { _ in SwiftLogNoOpLogHandler() }
        let watcher = ExchangeWatcher(endpoint: endpoint, logger: quiet) { [put] in put.yield($0) }
        let post = Post(endpoint: endpoint, logger: quiet)
        return await withTaskGroup(of: Void.self) { group in
            group.addTask { await watcher.run() }
            group.addTask { await post.run() }
            let code = await tell(through: post)
            watcher.stop()
            post.stop()
            return code
        }
    }

    private func tell(through post: Post) async -> Int32 {
        let script = Script(now: .now())
        var page = Page()
        let narrator = Narrator(cast: script.cast, application: script.application)
        var telling = Telling(script: script, narrator: narrator, endpoint: "\(endpoint)")
        var isFinished = false
        page.open(script)
        perform(telling.begin(), &page, post)
        for await event in events {
            if case .signal(let number) = event {
                page.clear()
                return isFinished ? 0 : 128 + number
            }
            perform(telling.event(event), &page, post)
            switch telling.verdict {
            case nil: continue
            case .otherwise: return 1
            case .asItShould where options.once: return 0
            case .asItShould where !isFinished:
                isFinished = true
                page.invite(script, options)
            case .asItShould: continue
            }
        }
        return 1
    }

    private func perform(_ steps: [Telling.Step], _ page: inout Page, _ post: Post) {
        for step in steps {
            switch step {
            case .title(let number, let chapter): page.title(number, chapter)
            case .line(let line): page.line(line)
            case .send(let message): post.send(message)
            case .countdown(let line): page.countdown(line)
            case .later(let rest, let event):
                let milliseconds = Int(rest / .milliseconds(1))
                DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(milliseconds)) { [put] in
                    put.yield(event)
                }
            case .end(let verdict): page.close(verdict)
            }
        }
    }

    /// Signals end the program cleanly, so that the broker deletes the queue at once with its connection.
    private func listenForSignals() -> [any DispatchSourceSignal] {
        [SIGINT, SIGTERM, SIGHUP].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler { [put] in put.yield(.signal(number)) }
            source.resume()
            return source
        }
    }
}
