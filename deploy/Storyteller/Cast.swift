import Contracts

/// The characters: names for the ids in the messages. 123, 789 and 1011 are from the customer's examples.
struct Cast: Sendable, Hashable {
    struct Person: Sendable, Hashable {
        let id: ID
        let name: String

        init(_ id: String, _ name: String) {
            self.id = .trusted(id)
            self.name = name
        }
    }

    let fund = Person("123", "Фонд")
    let anna = Person("345", "Анна")
    let boris = Person("567", "Борис")
    let vera = Person("789", "Вера")
    let gleb = Person("1011", "Глеб")
    let darya = Person("1213", "Дарья")
    let egor = Person("1415", "Егор")
    /// Played by the reader, with the commands to try.
    let zhanna = Person("1617", "Жанна")

    var volunteers: [Person] { [anna, boris, vera, gleb, darya, egor, zhanna] }

    func name(of volunteer: ID) -> String {
        volunteers.first { $0.id == volunteer }?.name ?? "№ \(volunteer)"
    }

    func names(of ids: [ID]) -> String {
        let shown = ids.prefix(5).map(name).joined(separator: ", ")
        return ids.count > 5 ? "\(shown) и ещё \(ids.count - 5)" : shown
    }
}
