//! Links: written and read, and what is none.

use folkmoot_model::id::{EventId, StreamId};
use folkmoot_wire::link::{KeyHash, LINK_BYTES_MAX, Link, Spot};
use proptest::prelude::*;

fn link() -> impl Strategy<Value = Link> {
    let host = prop_oneof!["[a-z0-9.-]{1,60}", "[a-z]{1,9}:[0-9]{1,5}", r"\[[0-9:]{2,20}\]:[0-9]{1,5}"];
    let stream = || any::<[u8; 16]>().prop_map(StreamId);
    let spot = prop_oneof![
        Just(Spot::Space),
        stream().prop_map(Spot::Room),
        (stream(), any::<[u8; 16]>()).prop_map(|(room, message)| Spot::Message(room, EventId(message))),
        (stream(), stream()).prop_map(|(room, document)| Spot::Document(room, document)),
    ];
    let join = (host.clone(), "[a-zA-Z0-9]{1,40}", any::<[u8; 32]>());
    prop_oneof![
        join.prop_map(|(host, code, key)| Link::Join { host, code, key: KeyHash(key) }),
        (host, stream(), spot).prop_map(|(host, space, spot)| Link::Place { host, space, spot }),
    ]
}

proptest! {
    #![proptest_config(crate::cases(400))]

    #[test]
    fn a_link_is_read_as_it_was_written(link in link(), before in "[ \t\n]{0,3}", after in "[ \t\n]{0,3}") {
        let written = link.to_string();
        prop_assert!(written.len() <= LINK_BYTES_MAX);
        prop_assert_eq!(written.parse(), Ok(link.clone()));
        // As it is pasted.
        prop_assert_eq!(format!("{before}{written}{after}").parse(), Ok(link));
    }

    #[test]
    fn what_is_read_is_written_so_that_it_reads_the_same(
        link in link(),
        at in any::<prop::sample::Index>(),
        change in "[/?:@#%\\[\\]. \u{0}a-f0-9é]{0,3}",
    ) {
        let mut text = link.to_string();
        text.insert_str(at.index(text.len() + 1), &change);
        if let Ok(read) = text.parse::<Link>() {
            prop_assert_eq!(read.to_string().parse(), Ok(read));
        }
    }

    #[test]
    fn any_text_is_answered(text: String, rest in ".{0,80}") {
        let _ = text.parse::<Link>();
        if let Ok(read) = format!("folkmoot://{rest}").parse::<Link>() {
            prop_assert_eq!(read.to_string().parse(), Ok(read));
        }
    }

    #[test]
    fn no_link_leads_to_a_second_host_or_names_a_person(link in link(), who in "[a-z]{1,5}") {
        let written = link.to_string();
        let smuggled = written.replacen("folkmoot://", &format!("folkmoot://{who}@"), 1);
        prop_assert!(smuggled.parse::<Link>().is_err());
        let cut = written.replacen("folkmoot://", &format!("folkmoot://{who}\\"), 1);
        prop_assert!(cut.parse::<Link>().is_err());
    }
}
