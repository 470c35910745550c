import ArgumentParser
import Foundation

/// The verbs for operators, which every service has.
enum AdminVerbs {
    struct Parked: AdminVerb {
        static let configuration = CommandConfiguration(
            commandName: "parked", abstract: "Messages that were set aside because they could not be read or applied.")

        @OptionGroup var arguments: MessageArguments

        var adminCommand: AdminCommand { arguments.command(on: .parked) }
    }

    struct Blocked: AdminVerb {
        static let configuration = CommandConfiguration(
            commandName: "blocked",
            abstract: "Messages of a stream that wait in the file, the failed and those behind them.")

        @OptionGroup var arguments: MessageArguments

        var adminCommand: AdminCommand { arguments.command(on: .blocked) }
    }

    struct Refused: AdminVerb {
        static let configuration = CommandConfiguration(
            commandName: "refused", abstract: "Commands that were refused, with their reasons.")

        @Argument(help: "What to do.")
        var verb: ListOnly

        @OptionGroup var output: OutputOptions

        var adminCommand: AdminCommand { AdminCommand(.refused, .list, nil, asJSON: output.json) }
    }

    struct Streams: AdminVerb {
        static let configuration = CommandConfiguration(
            commandName: "streams", abstract: "The positions of the streams to and from other partitions.")

        @Argument(help: "What to do.")
        var verb = ListOnly.list

        @OptionGroup var output: OutputOptions

        var adminCommand: AdminCommand { AdminCommand(.streams, .list, nil, asJSON: output.json) }
    }

    struct Counters: AdminVerb {
        static let configuration = CommandConfiguration(
            commandName: "counters", abstract: "The counters of the partitions' files.")

        @Argument(help: "What to do.")
        var verb = ListOnly.list

        @OptionGroup var output: OutputOptions

        var adminCommand: AdminCommand { AdminCommand(.counters, .list, nil, asJSON: output.json) }
    }

    struct Backup: AdminVerb {
        static let configuration = CommandConfiguration(
            commandName: "backup",
            abstract: "Copy the files of this process's partitions into a folder, while the service runs or not.",
            discussion: """
                Each partition becomes one database, complete as of one moment, with its SHA-256 beside it \
                (sha256sum -c *.sha256 checks them). A running service is not held up. A line for each says what was \
                written. Use a new folder each time; see specs/operations.md.
                """)

        @Argument(help: "The folder; it must not contain a backup of these partitions yet.", completion: .directory)
        var directory: String

        @OptionGroup var output: OutputOptions

        var adminCommand: AdminCommand {
            // The running service may have another working directory.
            let path = URL(fileURLWithPath: directory).standardizedFileURL.path
            return AdminCommand(.backup, .write, nil, asJSON: output.json, directory: path)
        }

        func validate() throws {
            if directory.isEmpty { throw ValidationError("the folder's name is empty") }
        }
    }

    /// The only verb of what can be listed and not changed.
    enum ListOnly: String, CaseIterable, ExpressibleByArgument {
        case list
    }
}
