//! What a person typed, in the form in which it is kept: texts in normal form, names without what surrounds them, an emoji as
//! it is drawn. What is no name and no emoji is left as it is, and refused by the rule that it breaks.

use crate::command::Command;
use folkmoot_model::features::reactions::emoji;
use folkmoot_model::writing::{normal, typed_name};

/// The command with what was typed in it in that form.
pub fn typed(command: Command) -> Command {
    let text = |text: String| normal(&text).into_owned();
    let name = |name: String| typed_name(&name);
    match command {
        Command::Host { space, name: person, password } => {
            Command::Host { space: name(space), name: name(person), password: text(password) }
        }
        Command::Join { link, name: person, password } => {
            Command::Join { link, name: name(person), password: text(password) }
        }
        Command::SignIn { server, name: person, password } => {
            Command::SignIn { server, name: name(person), password: text(password) }
        }
        Command::OpenRoom { space, access, name: room, topic, members } => {
            Command::OpenRoom { space, access, name: name(room), topic: text(topic), members }
        }
        Command::ChangeProfile { space, name: person, colour } => {
            Command::ChangeProfile { space, name: name(person), colour }
        }
        Command::ChooseStatus { status } => Command::ChooseStatus {
            status: status.map(|mut status| {
                status.text = text(status.text);
                status
            }),
        },
        Command::ChangeRoom { room, name: new, topic } => {
            Command::ChangeRoom { room, name: new.map(name), topic: topic.map(text) }
        }
        Command::Post { room, text: words, reply_to } => Command::Post { room, text: text(words), reply_to },
        Command::Edit { room, message, text: words } => Command::Edit { room, message, text: text(words) },
        Command::React { room, message, emoji: form, on } => {
            let form = emoji(&form).map_or(form, str::to_owned);
            Command::React { room, message, emoji: form, on }
        }
        Command::CreateDocument { room, kind, title } => Command::CreateDocument { room, kind, title: name(title) },
        Command::ChangeDocument { room, document, title, archived } => {
            Command::ChangeDocument { room, document, title: name(title), archived }
        }
        Command::Find { query } => Command::Find { query: text(query) },
        other => other,
    }
}
