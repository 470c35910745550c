package import Contracts

/// What ApplicationService sends in a resync (contract section 6).
extension ApplicationSnapshot {
    /// An application that was not known.
    package init(_ state: ApplicationState) {
        self.init(
            id: state.applicationID, name: state.name, schedule: state.schedule, startsAt: state.startsAt,
            isCancelled: state.isCancelled, isFromState: true)
    }

    /// Applies an update that came before the state, which has its change already: the lost file did not apply it, so
    /// those who take part are owed the change.
    package mutating func update(byOlder update: UpdateVolunteerApplication, at time: Timestamp) -> Change {
        let change = self.update(by: update, at: time)
        guard change == .nothing, isFromState, !isCancelled, update.changesDetails else { return change }
        version += 1
        return .told
    }

    /// Takes over the state, also that an application is open which counts as cancelled here: ApplicationService's file
    /// is from before the cancellation.
    ///
    /// If only NotifierService's file was older, the recipients were told of every change in its lost life.
    /// - Parameter isFirstWord: whether no other message of this epoch has come about the application. A change that
    ///   came in this epoch may still be told to some.
    package mutating func update(by state: ApplicationState, isFirstWord: Bool, at time: Timestamp) -> Change {
        isCancelled = state.isCancelled
        let change = change(state.name, state.schedule, state.startsAt, at: time)
        if !state.isRestored, isFirstWord || change == .told { toldVersion = version }
        return isCancelled ? .nothing : change
    }
}

extension UpdateVolunteerApplication {
    /// Whether it says more than how many spots there are.
    fileprivate var changesDetails: Bool {
        name != nil || date != nil || startTime != nil || endTime != nil
    }
}
