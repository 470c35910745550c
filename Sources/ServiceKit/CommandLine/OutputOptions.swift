import ArgumentParser

/// How an operator's verb prints.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print lines of JSON.")
    var json = false
}
