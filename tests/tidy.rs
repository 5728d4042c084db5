//! The rules of the house that a compiler does not know: who may depend on whom, and what a file must and must not say.
//! They are kept by looking at the files, so that a newcomer is told in seconds what a reviewer would have said.

mod tidy {
    pub mod depend;
    pub mod files;
    pub mod protocol;
    pub mod source;
    pub mod told;
    pub mod wildcards;
}

use tidy::files::Files;

/// Fails with all of them at once.
#[track_caller]
fn none(rule: &str, found: Vec<String>) {
    assert!(found.is_empty(), "{rule}:\n  {}\n", found.join("\n  "));
}

#[test]
fn crates_depend_as_the_architecture_says() {
    none("not as in docs/ARCHITECTURE.md", tidy::depend::broken(&Files::all()));
}

#[test]
fn pure_crates_know_no_io() {
    none("a pure crate does IO", tidy::depend::impure(&Files::all()));
}

#[test]
fn every_file_says_what_it_is() {
    none("does not open with //!", tidy::source::untold(&Files::all()));
}

#[test]
fn libraries_neither_panic_by_the_way_nor_print() {
    none("in a library, outside of tests", tidy::source::careless(&Files::all()));
}

#[test]
fn a_file_tells_one_thing() {
    none("longer than a file should be", tidy::source::long(&Files::all()));
}

#[test]
fn whoever_asks_which_event_key_or_command_it_is_asks_of_each() {
    none("a wildcard over events, keys or commands", tidy::wildcards::found(&Files::all()));
}

#[test]
fn modules_stand_beside_their_folders() {
    none("foo/mod.rs is foo.rs here", tidy::source::mod_files(&Files::all()));
}

#[test]
fn every_bound_says_its_reason() {
    none("a bound without a reason", tidy::told::bare_bounds(&Files::all()));
}

#[test]
fn every_invariant_names_the_test_that_holds_it() {
    none("an invariant that nothing holds", tidy::told::unheld(&Files::all()));
}

#[test]
fn the_protocol_page_names_what_the_code_declares() {
    none("docs/PROTOCOL.md and the code differ", tidy::protocol::differing(&Files::all()));
}

#[test]
fn numbers_that_the_docs_quote_are_those_of_the_code() {
    none("docs quote another number", tidy::told::misquoted(&Files::all()));
}

#[test]
fn nothing_names_the_place_where_it_was_written() {
    none("names a place that only one computer has", tidy::told::local_places(&Files::all()));
}
