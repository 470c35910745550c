import ArgumentParser

/// `partitions`: which process serves which partition.
struct PartitionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "partitions",
        abstract: "The partitions, with the process that serves each, and since when.",
        discussion: """
            Processes that own nothing are listed too: they wait to take over. Only the processes that share this \
            process's DATA_DIR are known, and those to which partitions were moved from it: such a partition is \
            "moving" until the other process has said that it has it, and then "moved".
            """)

    @Argument(help: "What to do.")
    var verb = AdminVerbs.ListOnly.list

    @OptionGroup var output: OutputOptions
}
