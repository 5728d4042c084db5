//! What was shown then beside what is shown now. Both are as `expected.json` has it for a profile: how it stands, its
//! rooms, their messages by room, drafts and members by room, people by space, documents' texts, and what was refused.

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What of `then` is not in `now`. Rows are found by their ids. What is new does not matter: further fields, further
/// rows, and words where there were none.
pub fn lacking(then: &Value, now: &Value) -> Vec<String> {
    let mut found = Vec::new();
    lacks("", then, now, &mut found);
    found
}

fn lacks(at: &str, then: &Value, now: &Value, found: &mut Vec<String>) {
    match (then, now) {
        (Value::Object(then), Value::Object(fields)) => {
            for (name, then) in then {
                lacks(&format!("{at}.{name}"), then, fields.get(name).unwrap_or(&Value::Null), found);
            }
        }
        (Value::Array(then), Value::Array(rows)) if then.iter().all(|row| row["id"].is_string()) => {
            let now = by_id(rows);
            for row in then {
                let id = row["id"].as_str().unwrap_or_default();
                match now.get(id).map(Vec::as_slice) {
                    Some([one]) => lacks(&format!("{at}.{id}"), row, one, found),
                    Some(several) => found.push(format!("{at}: {row} is there {} times", several.len())),
                    None => found.push(format!("{at}: {row} is gone")),
                }
            }
        }
        (then, now) if then == now || at.ends_with(".text") && then == "" => {}
        (then, now) => found.push(format!("{at}: {then} is now {now}")),
    }
}

fn by_id(rows: &[Value]) -> BTreeMap<&str, Vec<&Value>> {
    let mut by_id: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for row in rows {
        by_id.entry(row["id"].as_str().unwrap_or_default()).or_default().push(row);
    }
    by_id
}

/// A list of rows, or none.
fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The messages of each room.
fn by_room(profile: &Value) -> impl Iterator<Item = (&str, &[Value])> {
    let rooms = profile["messages"].as_object().expect("messages by room");
    rooms.iter().map(|(room, messages)| (room.as_str(), list(messages)))
}

/// What a person was shown then, as far as it still holds once everything is sent: `saved` is `accepted` or, as foretold,
/// `refused`; what Ana had changed is told by her own profile, not by Bo's; and what Bo had done that she had not heard of
/// has come, so that what is unread and what is archived is another matter.
pub fn once_sent(expected: &Value, name: &str) -> Value {
    let to_be_refused = list(&expected["to_be_refused"]);
    let changed_by_ana: BTreeSet<&str> = by_room(&expected["profiles"]["ana"])
        .flat_map(|(_, messages)| messages)
        .filter(|message| message["change"] == "saved")
        .filter_map(|message| message["id"].as_str())
        .collect();
    let mut profile = expected["profiles"][name].clone();
    for field in ["status", "documents"] {
        profile.as_object_mut().expect("a profile").remove(field);
    }
    for room in profile["rooms"].as_array_mut().expect("a list") {
        let open = room["archived"] == false;
        let fields = room.as_object_mut().expect("a room");
        for field in ["pending", "unread", "mentions"] {
            fields.remove(field);
        }
        if open {
            fields.remove("archived");
        }
    }
    for messages in profile["messages"].as_object_mut().expect("messages by room").values_mut() {
        let messages = messages.as_array_mut().expect("a list");
        messages
            .retain(|message| name == "ana" || !changed_by_ana.contains(message["id"].as_str().unwrap_or_default()));
        for message in messages {
            if message["state"] == "saved" {
                let refused = to_be_refused.contains(&message["id"]);
                message["state"] = json!(if refused { "refused" } else { "accepted" });
                // Its place and its time are the server's to say.
                let fields = message.as_object_mut().expect("a message");
                for field in ["seq", "at_ms"] {
                    fields.remove(field);
                }
            }
            if message["change"] == "saved" {
                message["change"] = json!("accepted");
            }
        }
    }
    profile
}

/// No message is in its room a second time, neither as it is nor under another id: in a fixture no two say the same.
pub fn nothing_twice(who: &str, now: &Value) {
    for (room, messages) in by_room(now) {
        let (mut ids, mut texts) = (BTreeSet::new(), BTreeSet::new());
        for message in messages {
            assert!(ids.insert(message["id"].as_str()), "{who} sees twice in {room}: {message}");
            let unsaid = message["deleted"] == true;
            assert!(unsaid || texts.insert(message["text"].as_str()), "{who} sees said twice in {room}: {message}");
        }
    }
}

/// Where nothing has come or gone, as much is unread as was then.
pub fn same_unread(who: &str, then: &Value, now: &Value) {
    let there = |profile: &Value, room: &str| -> Vec<(String, bool)> {
        let messages = list(&profile["messages"][room]).iter();
        messages.map(|message| (message["id"].to_string(), message["deleted"] == true)).collect()
    };
    let rooms = by_id(list(&now["rooms"]));
    for room in list(&then["rooms"]) {
        let id = room["id"].as_str().expect("an id");
        if room["joined"] == true && there(then, id) == there(now, id) {
            for field in ["unread", "mentions"] {
                assert_eq!(room[field], rooms[id][0][field], "{who}: {field} in {}", room["name"]);
            }
        }
    }
}

/// Each line that either had in a document is in it, as often as whoever had it more often; and those documents that
/// nobody but Ana knew of are there.
pub fn documents_came(expected: &Value, who: &str, now: &Value) {
    let counted = |text: &str| {
        let mut lines: BTreeMap<String, usize> = BTreeMap::new();
        text.lines().for_each(|line| *lines.entry(line.to_owned()).or_default() += 1);
        lines
    };
    let mut hoped: BTreeMap<&str, BTreeMap<String, usize>> = BTreeMap::new();
    let people = expected["profiles"].as_object().expect("profiles by name").values();
    let known = people.map(|profile| &profile["documents"]).chain([&expected["documents_to_come"]]);
    for (document, text) in known.flat_map(|documents| documents.as_object().expect("texts by document")) {
        let lines = hoped.entry(document).or_default();
        for (line, times) in counted(text.as_str().expect("a text")) {
            let most = lines.entry(line).or_default();
            *most = times.max(*most);
        }
    }
    for (document, lines) in hoped {
        let text = now["documents"][document].as_str().unwrap_or_else(|| panic!("{who} has no {document}"));
        assert_eq!(counted(text), lines, "{who} reads in {document}");
    }
}

/// The long room, of which a part was held, has all of its messages.
pub fn long_is_whole(expected: &Value, now: &Value) {
    let (room, entries) = (&expected["long"]["room"], expected["long"]["entries"].as_u64().expect("a number"));
    let messages = list(&now["messages"][room.as_str().expect("an id")]);
    let texts: BTreeSet<&str> = messages.iter().filter_map(|message| message["text"].as_str()).collect();
    let lost: Vec<u64> = (1..=entries).filter(|n| !texts.contains(format!("Entry {n}").as_str())).collect();
    assert!(lost.is_empty(), "no longer there: {lost:?}");
}

/// In each room that both are in, both are shown the same messages. What was refused is seen by whose it is alone.
pub fn agree(one: &str, ones: &Value, other: &str, others: &Value) {
    let said = |messages: &[Value]| -> Vec<Value> {
        let fields = ["id", "seq", "author", "author_name", "text", "edited", "deleted", "reply_to", "reactions"];
        let accepted = messages.iter().filter(|message| message["state"] != "refused");
        accepted.map(|message| Value::from_iter(fields.map(|field| (field, message[field].clone())))).collect()
    };
    let mut compared = 0;
    for (room, messages) in by_room(ones) {
        if let Some(theirs) = others["messages"].get(room) {
            assert_eq!(said(messages), said(list(theirs)), "{one} and {other} differ in {room}");
            compared += 1;
        }
    }
    assert!(compared > 0, "{one} and {other} are in no room together");
}
