//! When two names are the same, and when they look it: names of accounts and spaces, and of people beside each other.
//!
//! Source: Unicode Technical Standard 39 (confusable detection).

use unicode_normalization::UnicodeNormalization;

/// A name as names are compared: compatibility characters, case and spacing do not count.
pub fn fold(name: &str) -> String {
    let lower = |text: &str| text.nfkc().flat_map(char::to_lowercase).collect::<String>();
    // Lower case can bring marks that compose anew: ᾈ and its kin.
    let folded: String = lower(&lower(name)).nfkc().collect();
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How a name looks: the same for names that cannot be told apart by eye, in whichever
/// scripts they are written.
pub fn skeleton(name: &str) -> String {
    let compatible: String = name.nfkc().collect();
    // Letters that look alike are found as they are written: lower case would tell В and B apart.
    fold(&unicode_security::skeleton(&compatible).collect::<String>())
}

/// The forms of a name of which two that look alike share one: a lower-case m looks like r and n, and an upper-case one does not.
pub fn looks(name: &str) -> [String; 2] {
    [fold(name), skeleton(name)]
}

/// Can two names not be told apart by eye, or only by case and spacing?
pub fn alike(one: &str, other: &str) -> bool {
    let of_other = looks(other);
    looks(one).iter().any(|look| of_other.contains(look))
}

#[cfg(test)]
mod tests {
    use super::{alike, fold, skeleton};

    #[test]
    fn names_are_alike_by_case_and_by_look() {
        for (one, other) in [("Mia", "mia"), ("Mia", "Міа"), ("mia", "rnia"), ("Ana", "Аna"), ("Ana", "ana ")] {
            assert!(alike(one, other) && alike(other, one), "{one} and {other}");
        }
        for (one, other) in [("Mia", "Maya"), ("Ana", "Anna"), ("Bo", "Bö")] {
            assert!(!alike(one, other), "{one} and {other}");
        }
    }

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
    fn names_that_differ_in_form_case_or_spacing_are_the_same() {
        for (one, other) in
            [("Ana", " ana "), ("Ana  Maria", "ana maria"), ("ＡＮＡ", "ana"), ("é", "e\u{301}"), ("ﬁn", "FIN")]
        {
            assert_eq!(fold(one), fold(other));
        }
        assert_ne!(fold("ana"), fold("anna"));
    }
}
