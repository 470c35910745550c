/// What a partition of ApplicationService did not name before it had sent all of its state, it does not know.
struct CompleteState: Hashable {
    /// The last epoch of its stream in which it has sent all of its state.
    let epoch: Int64
    /// The last one in which it did so because its file was an older copy; 0 if there is none.
    let restoredEpoch: Int64

    /// Whether ApplicationService knows a row of which it last spoke in this epoch.
    func knows(_ epoch: Int64) -> Bool { epoch >= self.epoch }

    /// Whether recipients are told that their response is lost, because they were told something else in a life of
    /// ApplicationService's file that is lost.
    func isLostByRestore(_ epoch: Int64) -> Bool { epoch < restoredEpoch }
}
