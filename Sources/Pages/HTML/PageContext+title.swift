import Wording

extension PageContext {
    /// The title of a page with a form: it begins by saying that there are errors.
    func title(_ title: String, of form: FormValues) -> String {
        form.errors.isEmpty ? title : texts.words.layout.errorTitle.filled(["title": title])
    }
}
