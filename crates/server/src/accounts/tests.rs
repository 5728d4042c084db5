//! Accounts against a real database: joining, single use, renewing, signing out.

use super::*;
use crate::admin::{Command, Done, Operator};
use crate::data_dir::DataDir;
use crate::hub_task::{self, Inbox};
use folkmoot_model::features::profiles::COLOURS;
use folkmoot_model::key::Key;
use folkmoot_model::row::{Row, Value};
use folkmoot_wire::limits::{REFRESH_GRACE_S, REFRESH_TOKEN_S};
use folkmoot_wire::link::Link;
use std::collections::BTreeSet;

const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

struct World {
    accounts: Arc<Accounts>,
    operator: Operator,
    inbox: Inbox,
    _dir: tempfile::TempDir,
}

impl World {
    async fn new() -> (Self, String) {
        let dir = tempfile::tempdir().unwrap();
        let config = Config::for_tests(dir.path());
        Self::with(config, dir).await
    }

    /// With a space, and the code that invites its owner.
    async fn with(config: Config, dir: tempfile::TempDir) -> (Self, String) {
        let data = DataDir::open(dir.path()).unwrap();
        let identity = Arc::new(Identity::open(&data).unwrap());
        let (hub, inbox) = hub_task::channel();
        let (log, _threads) = Database::open(&data.log(), Box::new(|_| ())).unwrap();
        let operator = Operator { log: log.clone(), key: identity.key_hash(), host: "here:1".into(), accounts: None };
        let rate_limits = Arc::new(RateLimits::new(config.rates));
        let accounts = Arc::new(Accounts::open(&config, log, identity, rate_limits, hub).await.unwrap());
        let link = operator.run(Command::CreateSpace { name: "Moot".into(), host: None }).await.unwrap();
        (Self { accounts, operator, inbox, _dir: dir }, code(link))
    }

    async fn invite(&self, role: Role) -> String {
        code(self.operator.run(Command::Invite { space: "Moot".into(), role, host: None }).await.unwrap())
    }

    async fn row(&self, stream: StreamId, key: Key) -> Option<Row> {
        let row = self.operator.log.query(move |db| Ok::<_, LogError>(ReadTx::of(db).get(stream, &key).row()));
        row.await.unwrap()
    }

    async fn member(&self, stream: StreamId, person: PersonId) -> Option<Role> {
        match self.row(stream, Key::Member(person)).await?.value {
            Value::Member(member) => member.present.then_some(member.role),
            _ => None,
        }
    }

    async fn rotate(&self, token: &str, at_ms: u64) -> Result<Rotated, Denied> {
        let (token, key) = (Token::read(token).unwrap(), self.accounts.successors);
        self.operator.log.write(move |tx| refresh::rotate(tx, &key, &token, at_ms)).await
    }
}

fn code(done: Done) -> String {
    let Done::Link(link) = done else { panic!("no link") };
    match link.parse().unwrap() {
        Link::Join { code, .. } => code,
        Link::Place { .. } => panic!("a link to a place"),
    }
}

fn join(code: &str, name: &str, device: u8) -> Join {
    Join { code: code.into(), name: name.into(), password: "sesame, please".into(), device: DeviceId([device; 16]) }
}

fn sign_in(name: &str, password: &str, device: u8) -> SignIn {
    SignIn { name: name.into(), password: password.into(), device: DeviceId([device; 16]), known_device: None }
}

fn next(rotated: Result<Rotated, Denied>, whose: PersonId) -> String {
    match rotated {
        Ok(Rotated::To { next, person, .. }) if person == whose => next.text(),
        _ => panic!("not rotated"),
    }
}

fn why<T>(result: Result<T, Denied>) -> NotGranted {
    match result {
        Err(Denied::Not(not)) => not,
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("granted"),
    }
}

#[tokio::test]
async fn ana_opens_the_space_bo_and_a_guest_follow() {
    let (world, owners) = World::new().await;
    let inspect = |device| Inspect { code: owners.clone(), device };
    let inspected = world.accounts.inspect(inspect(None), HERE).await.unwrap();
    assert_eq!(inspected, Inspected { space_name: "Moot".into(), role: Role::Owner });
    let ana = world.accounts.join(join(&owners, " Ana ", 1), None, HERE).await.unwrap();
    let Joined { space, room } = ana.joined.unwrap();
    assert_eq!(ana.name, "Ana");
    assert_eq!(world.member(space, ana.person).await, Some(Role::Owner));
    assert_eq!(world.member(room, ana.person).await, Some(Role::Admin));
    assert!(world.row(folkmoot_model::features::spaces::directory(space), Key::Listing(room)).await.is_some());
    assert!(world.row(ana.person.into(), Key::Grant(room)).await.is_some());
    for device in [None, Some(DeviceId([2; 16]))] {
        assert_eq!(why(world.accounts.inspect(inspect(device), HERE).await), NotGranted::BadInvite);
    }
    let hers = inspect(Some(join(&owners, "Ana", 1).device));
    assert_eq!(world.accounts.inspect(hers, HERE).await.unwrap(), inspected, "for her, whose answer may be lost");

    let bo = world.accounts.join(join(&world.invite(Role::Member).await, "Bo", 2), None, HERE).await.unwrap();
    assert_eq!(world.member(room, bo.person).await, Some(Role::Member));
    let bearer = world.accounts.bearer(&ana.access).unwrap();
    let invited = world.accounts.invite(bearer, Invite { space, role: Role::Guest }).await.unwrap();
    let gus = world.accounts.join(join(&invited.code, "Gus", 3), None, HERE).await.unwrap();
    assert_eq!(world.member(space, gus.person).await, Some(Role::Guest));
    assert_eq!(world.member(room, gus.person).await, Some(Role::Member), "let in by who invited him");
}

#[tokio::test]
async fn who_manages_invites_and_only_owners_invite_owners() {
    let (world, owners) = World::new().await;
    let ana = world.accounts.join(join(&owners, "Ana", 1), None, HERE).await.unwrap();
    let space = ana.joined.unwrap().space;
    let ask = async |session: &Session, role| {
        let bearer = world.accounts.bearer(&session.access).unwrap();
        world.accounts.invite(bearer, Invite { space, role }).await
    };
    let ad = world.accounts.join(join(&ask(&ana, Role::Admin).await.unwrap().code, "Ad", 2), None, HERE).await.unwrap();
    let bo = world.accounts.join(join(&ask(&ad, Role::Member).await.unwrap().code, "Bo", 3), None, HERE).await.unwrap();
    // A room is no space, also to who opened it.
    let welcome = welcome_room(space);
    let into_room = Invite { space: welcome, role: Role::Guest };
    assert_eq!(world.member(welcome, ana.person).await, Some(Role::Admin));
    let refused = world.accounts.invite(world.accounts.bearer(&ana.access).unwrap(), into_room).await;
    assert_eq!(why(refused), NotGranted::Forbidden);
    assert_eq!(why(ask(&ad, Role::Owner).await), NotGranted::Forbidden);
    assert_eq!(why(ask(&bo, Role::Guest).await), NotGranted::Forbidden);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_lets_one_in_however_many_try_at_once() {
    let (world, owners) = World::new().await;
    let tries = (0..8).map(|number| {
        let (accounts, join) = (Arc::clone(&world.accounts), join(&owners, &format!("person {number}"), number));
        tokio::spawn(async move { accounts.join(join, None, HERE).await })
    });
    let tries: Vec<_> = tries.collect();
    let mut granted = 0;
    for tried in tries {
        match tried.await.unwrap() {
            Ok(_) => granted += 1,
            refused => assert_eq!(why(refused), NotGranted::BadInvite),
        }
    }
    assert_eq!(granted, 1);
    let people = world
        .operator
        .log
        .query(|db| Ok::<u64, LogError>(db.query_row("SELECT count(*) FROM person", [], |row| row.get(0))?));
    assert_eq!(people.await.unwrap(), 1, "who was not let in has no account");
}

#[tokio::test]
async fn joining_again_after_a_lost_answer_is_the_same_joining() {
    let (world, owners) = World::new().await;
    let first = world.accounts.join(join(&owners, "Ana", 1), None, HERE).await.unwrap();
    let again = world.accounts.join(join(&owners, "ana", 1), None, HERE).await.unwrap();
    assert_eq!((again.person, again.joined), (first.person, first.joined));
    assert_eq!(why(world.accounts.join(join(&owners, "Ana", 2), None, HERE).await), NotGranted::BadInvite);
    let guessed = Join { password: "another one".into(), ..join(&owners, "Ana", 1) };
    assert_eq!(why(world.accounts.join(guessed, None, HERE).await), NotGranted::WrongPassword);
}

#[tokio::test]
async fn what_cannot_be_an_account_is_told() {
    let (world, owners) = World::new().await;
    world.accounts.join(join(&owners, "Ana", 1), None, HERE).await.unwrap();
    let code = world.invite(Role::Member).await;
    let with = |name: &str, password: &str| Join { password: password.into(), ..join(&code, name, 2) };
    for (asked, not) in [
        (with(" ", "long enough"), NotGranted::BadName),
        (with("B\0o", "long enough"), NotGranted::BadName),
        (with("Bo", "short"), NotGranted::PasswordTooShort { least: 8 }),
        (with("Bo", &"x".repeat(2_000)), NotGranted::PasswordTooLong),
        (with("ＡＮＡ", "long enough"), NotGranted::NameTaken),
        (Join { device: DeviceId([1; 16]), ..with("Bo", "long enough") }, NotGranted::BadRequest),
        (join("0123", "Bo", 2), NotGranted::BadInvite),
    ] {
        assert_eq!(why(world.accounts.join(asked, None, HERE).await), not);
    }
    world.accounts.join(with("Bo", "long enough"), None, HERE).await.unwrap();
}

#[tokio::test]
async fn as_many_people_as_there_are_colours_differ_in_theirs() {
    let (world, owners) = World::new().await;
    let mut colours = BTreeSet::new();
    for n in 1..=COLOURS {
        let code = if n == 1 { owners.clone() } else { world.invite(Role::Member).await };
        let session = world.accounts.join(join(&code, &format!("Person {n}"), n), None, HERE).await.unwrap();
        let space = session.joined.unwrap().space;
        let Some(Value::Member(member)) = world.row(space, Key::Member(session.person)).await.map(|row| row.value)
        else {
            panic!("no member");
        };
        colours.insert(member.colour);
    }
    assert_eq!(colours, (1..=COLOURS).collect());
}

#[tokio::test]
async fn a_person_joins_a_second_space_with_their_account() {
    let (world, owners) = World::new().await;
    let ana = world.accounts.join(join(&owners, "Ana", 1), None, HERE).await.unwrap();
    let second = world.operator.run(Command::CreateSpace { name: "Second".into(), host: None }).await.unwrap();
    let bearer = world.accounts.bearer(&ana.access).unwrap();
    let joined = world.accounts.join(join(&code(second), "", 1), Some(bearer), HERE).await.unwrap();
    assert_eq!((joined.person, joined.refresh.as_str()), (ana.person, ""));
    assert_eq!(world.member(joined.joined.unwrap().space, ana.person).await, Some(Role::Owner));
    // Joining where one is already leaves the invitation to somebody else.
    let spare = world.invite(Role::Guest).await;
    world.accounts.join(join(&spare, "", 1), Some(bearer), HERE).await.unwrap();
    assert_eq!(world.member(ana.joined.unwrap().space, ana.person).await, Some(Role::Owner));
    world.accounts.join(join(&spare, "Bo", 2), None, HERE).await.unwrap();
}

#[tokio::test]
async fn a_wrong_name_and_a_wrong_password_are_told_apart_by_nobody() {
    let (world, owners) = World::new().await;
    world.accounts.join(join(&owners, "Ana", 1), None, HERE).await.unwrap();
    world.accounts.sign_in(sign_in("ana", "sesame, please", 2), HERE).await.unwrap();
    assert_eq!(why(world.accounts.sign_in(sign_in("ana", "wrong one", 2), HERE).await), NotGranted::WrongPassword);
    assert_eq!(why(world.accounts.sign_in(sign_in("nobody", "wrong one", 2), HERE).await), NotGranted::WrongPassword);
}

#[tokio::test]
async fn guessing_a_password_is_slow_for_existing_names_and_others_alike() {
    let dir = tempfile::tempdir().unwrap();
    let tests = Config::for_tests(dir.path());
    let rates = crate::config::Rates { sign_ins_per_minute: 2, ..tests.rates };
    let (world, owners) = World::with(Config { rates, ..tests }, dir).await;
    world.accounts.join(join(&owners, "Ana", 1), None, HERE).await.unwrap();
    for name in ["Ana", "nobody"] {
        for _ in 0..2 {
            assert_eq!(why(world.accounts.sign_in(sign_in(name, "a guess", 2), HERE).await), NotGranted::WrongPassword);
        }
        let third = why(world.accounts.sign_in(sign_in(name, "sesame, please", 2), HERE).await);
        assert!(
            matches!(third, NotGranted::TooManyTries { after_ms } if (1..=30_001).contains(&after_ms)),
            "{third:?}"
        );
    }
}

#[tokio::test]
async fn a_refresh_token_answers_the_same_for_a_minute_and_then_betrays_its_thief() {
    let (world, owners) = World::new().await;
    let ana = world.accounts.join(join(&owners, "Ana", 1), None, HERE).await.unwrap();
    let next = |rotated| next(rotated, ana.person);
    let at_ms = now_ms();
    let second = next(world.rotate(&ana.refresh, at_ms).await);
    assert_eq!(next(world.rotate(&ana.refresh, at_ms + REFRESH_GRACE_S * 1_000).await), second);
    let third = next(world.rotate(&second, at_ms + 1_000).await);
    assert_eq!(next(world.rotate(&second, at_ms + 1_000).await), third, "both old ones are forgiven for a minute");
    assert_eq!(next(world.rotate(&ana.refresh, at_ms + 2_000).await), second);
    assert_ne!(second, third);
    let reused = world.rotate(&ana.refresh, at_ms + 1_001 + REFRESH_GRACE_S * 1_000).await;
    assert!(matches!(reused, Ok(Rotated::Reused(revoked)) if revoked.device == DeviceId([1; 16])));
    for token in [&ana.refresh, &second, &third] {
        assert_eq!(why(world.rotate(token, at_ms + 100_000).await), NotGranted::SignedOut);
    }
    let signed_in = world.accounts.sign_in(sign_in("Ana", "sesame, please", 1), HERE).await.unwrap();
    let late_ms = at_ms + (REFRESH_TOKEN_S + 100) * 1_000;
    assert_eq!(why(world.rotate(&signed_in.refresh, late_ms).await), NotGranted::SignedOut);
}

#[tokio::test]
async fn a_device_that_died_before_it_kept_its_new_token_is_not_signed_out_however_long_it_was_gone() {
    let (world, owners) = World::new().await;
    let ana = world.accounts.join(join(&owners, "Ana", 1), None, HERE).await.unwrap();
    let next = |rotated| next(rotated, ana.person);
    let at_ms = now_ms();
    let days_ms = |days: u64| at_ms + days * 24 * 3_600 * 1_000;
    let lost = next(world.rotate(&ana.refresh, at_ms).await);
    assert_eq!(next(world.rotate(&ana.refresh, days_ms(3)).await), lost);
    // Its life is as long as if it had been kept.
    assert_eq!(why(world.rotate(&ana.refresh, days_ms(91)).await), NotGranted::SignedOut);
    next(world.rotate(&lost, days_ms(20)).await);
    // Once the successor was used, the one before has been copied.
    assert!(matches!(
        world.rotate(&ana.refresh, days_ms(20) + REFRESH_GRACE_S * 1_000 + 1).await,
        Ok(Rotated::Reused(_))
    ));
}

#[tokio::test]
async fn a_device_signed_out_is_out_everywhere_at_once() {
    let (mut world, owners) = World::new().await;
    let ana = world.accounts.join(join(&owners, "Ana", 1), None, HERE).await.unwrap();
    let device = DeviceId([1; 16]);
    assert!(world.accounts.identify(&ana.access).is_ok());
    world.accounts.sign_out(device).await.unwrap();
    assert_eq!(world.accounts.bearer(&ana.access), Err(BadToken::YjsClient));
    assert_eq!(world.accounts.identify(&ana.access), Err(ByeCode::Revoked));
    assert!(matches!(world.inbox.try_next(), Some(Input::SignedOut { device: out }) if out == device));
    assert_eq!(why(world.accounts.refresh(Refresh { refresh: ana.refresh }, HERE).await), NotGranted::SignedOut);
    let back = world.accounts.sign_in(sign_in("Ana", "sesame, please", 1), HERE).await.unwrap();
    assert!(world.accounts.bearer(&back.access).is_ok());
    assert_eq!(
        world.accounts.bearer(&ana.access),
        Err(BadToken::YjsClient),
        "signed in again, what was void stays void"
    );
    let reopened = Epochs::open(&world.operator.log).await.unwrap();
    let old = world.accounts.identity.bearer(&ana.access).unwrap();
    assert!(reopened.is_over(device, old.epoch), "also after a restart");
}

#[tokio::test]
async fn signing_in_again_voids_the_tokens_and_tickets_of_the_sign_in_before() {
    let (world, owners) = World::new().await;
    let ana = world.accounts.join(join(&owners, "Ana", 1), None, HERE).await.unwrap();
    let bearer = world.accounts.bearer(&ana.access).unwrap();
    let ticket = Ticket {
        person: ana.person,
        device: bearer.device,
        document: StreamId([3; 16]),
        read_only: true,
        name: "Ana".into(),
        colour: 1,
        epoch: bearer.epoch,
    };
    let ticket = world.accounts.identity.ticket(ticket).unwrap();
    world.accounts.ticket_holder(&ticket).unwrap();
    let other = world.accounts.sign_in(sign_in("Ana", "sesame, please", 2), HERE).await.unwrap();
    world.accounts.bearer(&ana.access).unwrap();
    world.accounts.sign_in(sign_in("Ana", "sesame, please", 1), HERE).await.unwrap();
    assert_eq!(world.accounts.bearer(&ana.access), Err(BadToken::YjsClient));
    assert_eq!(world.accounts.ticket_holder(&ticket), Err(BadToken::YjsClient));
    world.accounts.bearer(&other.access).unwrap();
}

#[tokio::test]
async fn a_device_that_an_earlier_version_signed_in_stays_signed_in() {
    let (world, owners) = World::new().await;
    let ana = world.accounts.join(join(&owners, "Ana", 1), None, HERE).await.unwrap();
    // As the migration leaves it.
    let earlier = world
        .operator
        .log
        .write(|tx| -> Result<_, LogError> { Ok(tx.db().execute("UPDATE device SET epoch = 0, epoch_ms = 0", [])?) });
    assert_eq!(earlier.await.unwrap(), 1);
    let device = DeviceId([1; 16]);
    let reopened = Epochs::open(&world.operator.log).await.unwrap();
    assert!(!reopened.is_over(device, 0), "a token that names no epoch");
    let renewed = world.accounts.refresh(Refresh { refresh: ana.refresh }, HERE).await.unwrap();
    assert_eq!(world.accounts.identity.bearer(&renewed.access).unwrap().epoch, 0);
}

#[tokio::test]
async fn a_token_from_nowhere_signs_nobody_out() {
    let (world, owners) = World::new().await;
    let ana = world.accounts.join(join(&owners, "Ana", 1), None, HERE).await.unwrap();
    for refresh in [Token::first().text(), String::new(), "?".repeat(43)] {
        assert_eq!(why(world.accounts.refresh(Refresh { refresh }, HERE).await), NotGranted::SignedOut);
    }
    let renewed = world.accounts.refresh(Refresh { refresh: ana.refresh }, HERE).await.unwrap();
    assert_eq!(renewed.person, ana.person);
    assert_ne!(renewed.access, ana.access);
}

#[tokio::test]
async fn an_invitation_that_is_long_over_is_forgotten() {
    let (world, _) = World::new().await;
    let (space, week_ms) = (StreamId::fixed(1), 7 * 24 * 3_600 * 1_000);
    let log = &world.operator.log;
    let make = async |weeks: u64| {
        log.write(move |tx| invites::make(tx.db(), space, Role::Member, None, weeks * week_ms)).await.unwrap()
    };
    let found = async |code: &str| {
        let code = code.to_owned();
        log.query(move |db| invites::find(db, &code)).await.unwrap()
    };
    let first = make(1).await;
    make(4).await;
    assert!(
        found(&first).await.is_some_and(|over| !over.is_open(4 * week_ms)),
        "whoever shows it is told that it is over"
    );
    make(6).await;
    assert!(found(&first).await.is_none());
}
