//! When two names are the same account.

use unicode_normalization::UnicodeNormalization;

/// The form of a name by which accounts are told apart: compatibility characters, case and spacing do not count.
pub fn fold(name: &str) -> String {
    let lower = |text: &str| text.nfkc().flat_map(char::to_lowercase).collect::<String>();
    // Lower case can bring marks that compose anew: ᾈ and its kin.
    let folded: String = lower(&lower(name)).nfkc().collect();
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How a name looks (Unicode Technical Standard 39): the same for names that cannot be told apart by eye, in whichever
/// scripts they are written.
pub fn skeleton(name: &str) -> String {
    let compatible: String = name.nfkc().collect();
    // Letters that look alike are found as they are written: lower case would tell В and B apart.
    fold(&unicode_security::skeleton(&compatible).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::{fold, skeleton};

    #[test]
    fn names_of_other_letters_that_look_alike_have_one_skeleton() {
        for (one, other) in [("Ana", "Аna"), ("Bo", "Во"), ("paypal", "pаypаl"), ("AI", "Al"), ("Ana", " ana ")] {
            assert_eq!(skeleton(one), skeleton(other), "{one} and {other}");
        }
        for (one, other) in [("Ana", "Anna"), ("Bo", "Bö"), ("田中", "田巾"), ("Иван", "Ivan")] {
            assert_ne!(skeleton(one), skeleton(other), "{one} and {other}");
        }
    }

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
