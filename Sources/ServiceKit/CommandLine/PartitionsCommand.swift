import ArgumentParser

/// `partitions`: which process serves which partition.
struct PartitionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "partitions",
        abstract: "The partitions, with the process that serves each, and since when.",
        discussion: """
            Processes that own nothing are listed too: they wait to take over. Only the processes that share this \
            process's DATA_DIR are known.
            """)

    @Argument(help: "What to do.")
    var verb = AdminVerbs.ListOnly.list

    @OptionGroup var output: OutputOptions
}
