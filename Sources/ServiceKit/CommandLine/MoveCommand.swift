package import ArgumentParser
import Contracts

/// `move p03 --to PROCESS`: gives a partition to a process with a data folder of its own.
package struct MoveCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "move",
        abstract: "Give a partition of this folder to another process of the service, which has its own folder.",
        discussion: """
            Both processes run. The file is copied over RabbitMQ while the partition is served; then it stops for a \
            moment, until the other process serves it. A line says how many bytes were copied, and how long the \
            partition was not served (pause_ms). Exit code 1 if it stays where it is. `partitions` shows what was \
            moved; see specs/operations.md.
            """)

    @Argument(
        help: "The partition, such as p03.",
        transform: { text in
            guard let partition = Partition(name: text) else { throw ValidationError("a partition looks like p03") }
            return partition
        })
    var partition: Partition

    @Option(name: .customLong("to"), help: ArgumentHelp("The PROCESS_NAME of the other process.", valueName: "process"))
    var receiver: String

    @OptionGroup var output: OutputOptions

    package init() {}

    package func validate() throws {
        if ProcessName(receiver) == nil { throw ValidationError("--to takes the PROCESS_NAME of a process") }
    }
}
