//! Finding names in a text. Whose names they are, and what a text is made of, is not known here.

use folkmoot_model::features::messages::mentions::{COMPARED_MAX, begins, begins_word, folded};
use folkmoot_model::id::PersonId;
use std::collections::BTreeMap;

/// Names to look for, by their first letter; longer ones first.
#[derive(Debug, Default)]
pub struct Names {
    by_first: BTreeMap<char, Vec<Name>>,
    me: Option<PersonId>,
}

#[derive(Debug)]
struct Name {
    folded: Vec<char>,
    person: PersonId,
}

/// A piece of a text: as it is, or a name with its `@`.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece<'t> {
    /// No name.
    Text(&'t str),
    /// A name as it was written, without the `@`.
    Named(PersonId, &'t str),
}

impl Names {
    /// These names; blank ones name nobody. `me` is told apart when a name is shown.
    pub fn of<'n>(people: impl IntoIterator<Item = (PersonId, &'n str)>, me: Option<PersonId>) -> Self {
        let mut by_first: BTreeMap<char, Vec<Name>> = BTreeMap::new();
        for (person, name) in people {
            let folded = folded(name);
            if let Some(first) = folded.first() {
                by_first.entry(*first).or_default().push(Name { folded, person });
            }
        }
        for names in by_first.values_mut() {
            names.sort_by(|one, other| other.folded.len().cmp(&one.folded.len()).then(one.person.cmp(&other.person)));
        }
        Self { by_first, me }
    }

    /// Is it the person signed in?
    pub fn is_me(&self, person: PersonId) -> bool {
        self.me == Some(person)
    }

    /// Cuts a text at the names in it.
    pub fn pieces<'t>(&self, text: &'t str) -> Vec<Piece<'t>> {
        let (mut pieces, mut plain, mut before, mut left) = (Vec::new(), 0, None, COMPARED_MAX);
        for (at, char) in text.char_indices() {
            // Inside of a name that was found.
            if at < plain {
                before = Some(char);
                continue;
            }
            let found =
                (char == '@' && begins_word(before)).then(|| self.longest(&text[at + 1..], &mut left)).flatten();
            before = Some(char);
            let Some((person, bytes)) = found else { continue };
            if plain < at {
                pieces.push(Piece::Text(&text[plain..at]));
            }
            plain = at + 1 + bytes;
            pieces.push(Piece::Named(person, &text[at + 1..plain]));
        }
        if plain < text.len() {
            pieces.push(Piece::Text(&text[plain..]));
        }
        pieces
    }

    /// The longest name that `text` begins with, and its length in bytes.
    fn longest(&self, text: &str, left: &mut u32) -> Option<(PersonId, usize)> {
        let first = text.chars().next()?.to_lowercase().next()?;
        let names = self.by_first.get(&first)?;
        names.iter().find_map(|name| Some((name.person, begins(text, &name.folded, left)?)))
    }

    /// Everyone who bears this name.
    pub(super) fn namesakes(&self, name: &str) -> impl Iterator<Item = PersonId> {
        let wanted = folded(name);
        self.by_first.values().flatten().filter(move |name| name.folded == wanted).map(|name| name.person)
    }
}
