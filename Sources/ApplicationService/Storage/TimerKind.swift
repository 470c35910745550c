/// The kinds of this service's timers, as rows hold them.
enum TimerKind: String {
    /// An application starts; the key is its id.
    case start
}
