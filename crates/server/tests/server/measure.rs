//! How much a server bears, every event fsynced before it is passed on. Run by hand:
//! `cargo test --release -p folkmoot-server --test server measure -- --ignored --nocapture`.

use crate::common::{Server, says};
use folkmoot_wire::frame::{Ack, Cursor, Recv, ServerFrame, Submit};
use std::time::{Duration, Instant};

/// Events per person.
const EVENTS: u64 = 5_000;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn ten_people_talk_and_hear_each_other() {
    let server = Server::new().await;
    let ana = server.join(&server.space().await, "Ana", 1).await;
    let room = ana.at.room;
    let mut people = vec![ana];
    for device in 2..=10 {
        people.push(server.newcomer(&format!("person {device}"), device).await);
    }
    let began = Instant::now();
    let mut tasks = Vec::new();
    for (number, person) in people.into_iter().enumerate() {
        let mut link = server.welcome(&person, &[room]).await;
        tasks.push(tokio::spawn(async move {
            let first = (number as u64 + 1) * 1_000_000;
            let (mut sent, mut acked, mut heard) = (0, 0, 0);
            while acked < EVENTS || heard < EVENTS * 10 {
                while sent < EVENTS && sent < acked + 256 {
                    let events =
                        (sent..sent + 32).map(|id| says(first + id, "a message of some length, as people write"));
                    link.say(Submit { stream: room, events: events.collect(), resume: sent == 0 }).await;
                    sent += 32;
                }
                match link.hear().await.unwrap() {
                    ServerFrame::Ack(Ack { .. }) => acked += 1,
                    ServerFrame::Events(events) => {
                        let seq = events.events.last().unwrap().seq;
                        heard = seq.saturating_sub(10);
                        link.say(Recv { cursor: Cursor { stream: room, seq } }).await;
                    }
                    _ => {}
                }
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    report("ten people, 32 at a time", EVENTS * 10, began.elapsed());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn one_person_says_one_thing_after_the_other() {
    let server = Server::new().await;
    let ana = server.join(&server.space().await, "Ana", 1).await;
    let mut link = server.welcome(&ana, &[]).await;
    let began = Instant::now();
    for id in 0..EVENTS / 5 {
        link.submit(ana.at.room, vec![says(id, "one")]).await;
        link.acked(id).await;
    }
    report("one by one", EVENTS / 5, began.elapsed());
}

fn report(what: &str, events: u64, took: Duration) {
    println!("{what}: {events} durable events in {took:?}, {:.0}/s", events as f64 / took.as_secs_f64());
}
