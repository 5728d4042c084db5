//! When two names are the same account.

use unicode_normalization::UnicodeNormalization;

/// The form of a name by which accounts are told apart: compatibility characters, case and spacing do not count.
pub fn fold(name: &str) -> String {
    let lower = |text: &str| text.nfkc().flat_map(char::to_lowercase).collect::<String>();
    // Lower case can bring marks that compose anew: ᾈ and its kin.
    let folded: String = lower(&lower(name)).nfkc().collect();
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn names_that_look_alike_are_one_account() {
        for (one, other) in
            [("Ana", " ana "), ("Ana  Maria", "ana maria"), ("ＡＮＡ", "ana"), ("é", "e\u{301}"), ("ﬁn", "FIN")]
        {
            assert_eq!(fold(one), fold(other));
        }
        assert_ne!(fold("ana"), fold("anna"));
    }
}
