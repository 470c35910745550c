/// How long one command took.
struct Delay: Sendable {
    /// When it was to be sent, in monotonic nanoseconds. A command that was sent late counts from here.
    let due: Int
    let end: Int

    var milliseconds: Double { Double(end - due) / 1e6 }
}
