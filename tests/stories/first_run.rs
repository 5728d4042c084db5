//! A first run that fails somewhere is taken up by the next try: with one person, who is in one space.

#![allow(clippy::unwrap_used, reason = "a test may")]

use folkmoot_bench::scene::{PASSWORD, Scene};
use folkmoot_client::command::{Done, KeyPlace, LinkTarget, Refused};
use folkmoot_client::engine::{Engine, Options};
use folkmoot_client::features::accounts::commands::AccountCommand;
use folkmoot_client::hosting::{HostServer, SharedHost};
use folkmoot_client::keys::{self, SecretsWish};
use folkmoot_client::profile::Profile;
use folkmoot_client::view::{Hosted, SecretsKept};
use folkmoot_server::Config;
use folkmoot_server::admin::{self, Done as Admitted};
use folkmoot_server::serve::serve;
use folkmoot_wire::link::Link;
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

#[tokio::test(flavor = "multi_thread")]
async fn who_joined_and_could_not_keep_it_joins_again_as_the_same_person() {
    let scene = Scene::new().await.unwrap();
    let link = scene.invite().await.unwrap();
    let ana = Broken::by(&scene, &link).await;
    let joined = ana.once(joins(&link, "Ana")).await;
    assert!(matches!(joined, Ok(Done::Joined { .. })), "{joined:?}");
    assert_eq!(ana.people().await, 1);
    assert!(!ana.dir.path().join("begun.sealed").exists(), "what is done is not begun any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_space_that_nobody_came_to_be_in_is_taken_by_the_next_try() {
    let scene = Scene::new().await.unwrap();
    let config = scene.config();
    let first = admin::host_space(config, "Our place", None).await.unwrap();
    let second = admin::host_space(config, "Our place", None).await.unwrap();
    assert_ne!(first, second, "another invitation");
    let joins = async |link: &Link, name: &str| {
        let dir = tempfile::tempdir().unwrap();
        let options = Options { secrets: SecretsWish::File, ..Options::default() };
        let engine = Engine::open(Profile::hold(dir.path()).unwrap(), options).unwrap();
        let join = AccountCommand::Join { link: link.to_string(), name: name.into(), password: PASSWORD.into() };
        let joined = engine.handle().dispatch(join).await;
        engine.close();
        match joined {
            Ok(Done::Joined { space, .. }) => space,
            other => panic!("{other:?}"),
        }
    };
    let (one, same) = (joins(&second, "Ana").await, joins(&first, "Bo").await);
    assert_eq!(one, same, "both lead to the same space");
    let third = admin::host_space(config, "Our place", None).await;
    assert!(third.is_err(), "one that has its people is left alone, and no other is called so");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_key_is_to_lie_is_chosen_before_anything_is_made() {
    let scene = Scene::new().await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let engine = Engine::open(Profile::hold(dir.path()).unwrap(), Options::default()).unwrap();
    let place = KeyPlace::Passphrase { passphrase: "sesame".into() };
    assert_eq!(engine.handle().dispatch(AccountCommand::KeepKey { place }).await, Ok(Done::Ok));
    let link = scene.invite().await.unwrap();
    let join = AccountCommand::Join { link, name: "Ana".into(), password: PASSWORD.into() };
    let joined = engine.handle().dispatch(join).await;
    assert!(matches!(joined, Ok(Done::Joined { .. })), "{joined:?}");
    assert_eq!(keys::kind(dir.path()), Some(SecretsKept::Passphrase));
    let late = engine.handle().dispatch(AccountCommand::KeepKey { place: KeyPlace::File }).await;
    assert!(late.is_err(), "a key is never moved silently");
    engine.close();
}

/// A first run whose last step fails, since something else is where the session would be kept: the server has the person,
/// this device has not.
struct Broken<'s> {
    scene: &'s Scene,
    dir: TempDir,
}

impl<'s> Broken<'s> {
    async fn by(scene: &'s Scene, link: &str) -> Self {
        let broken = Self { scene, dir: tempfile::tempdir().unwrap() };
        let in_the_way = broken.dir.path().join("session.sealed");
        std::fs::create_dir(&in_the_way).unwrap();
        let failed = broken.once(joins(link, "Ana")).await;
        assert!(matches!(failed, Err(Refused::Storage { .. })), "{failed:?}");
        std::fs::remove_dir(&in_the_way).unwrap();
        broken
    }

    /// The app is started, asked for that, and closed.
    async fn once(&self, ask: AccountCommand) -> Result<Done, Refused> {
        let options = Options { secrets: SecretsWish::File, ..Options::default() };
        let engine = Engine::open(Profile::hold(self.dir.path()).unwrap(), options).unwrap();
        let answer = engine.handle().dispatch(ask).await;
        engine.close();
        answer
    }

    async fn people(&self) -> usize {
        let people = admin::command(self.scene.config(), admin::Command::ListPeople).await.unwrap();
        let Admitted::Lines(lines) = people else { panic!("{people:?}") };
        lines.len()
    }
}

fn joins(link: &str, name: &str) -> AccountCommand {
    AccountCommand::Join { link: link.to_owned(), name: name.into(), password: PASSWORD.into() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_was_joined_by_and_not_kept_still_says_where_it_leads() {
    let scene = Scene::new().await.unwrap();
    let link = scene.invite().await.unwrap();
    let ana = Broken::by(&scene, &link).await;
    let looked = ana.once(AccountCommand::Inspect { link: link.clone() }).await;
    assert!(matches!(&looked, Ok(Done::Inspected { link: LinkTarget::Join { .. } })), "{looked:?}");
    // To anybody else it is used.
    let bo = tempfile::tempdir().unwrap();
    let engine = Engine::open(Profile::hold(bo.path()).unwrap(), Options::default()).unwrap();
    let looked = engine.handle().dispatch(AccountCommand::Inspect { link }).await;
    assert_eq!(looked, Err(Refused::BadInvite));
    engine.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_the_same_however_it_was_pasted() {
    let scene = Scene::new().await.unwrap();
    let link = scene.invite().await.unwrap();
    let ana = Broken::by(&scene, &link).await;
    let pasted = format!(" {}\n", link.replace("folkmoot://", "FOLKMOOT://"));
    let joined = ana.once(joins(&pasted, "Ana")).await;
    assert!(matches!(joined, Ok(Done::Joined { .. })), "{joined:?}");
    assert_eq!(ana.people().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_try_with_another_link_loses_nothing_of_the_first() {
    let scene = Scene::new().await.unwrap();
    let (link, other) = (scene.invite().await.unwrap(), scene.invite().await.unwrap());
    let ana = Broken::by(&scene, &link).await;
    let taken = ana.once(joins(&other, "Ana")).await;
    assert_eq!(taken, Err(Refused::NameTaken), "she has an account there");
    let made_up = other.replacen("/join/", "/join/0", 1);
    assert_eq!(ana.once(joins(&made_up, "Ana")).await, Err(Refused::BadInvite));
    let joined = ana.once(joins(&link, "Ana")).await;
    assert!(matches!(joined, Ok(Done::Joined { .. })), "{joined:?}");
    assert_eq!(ana.people().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_goes_on_under_another_name_is_told_the_one_that_they_began_with() {
    let scene = Scene::new().await.unwrap();
    let link = scene.invite().await.unwrap();
    let ana = Broken::by(&scene, &link).await;
    let begun = Err(Refused::Begun { name: "Ana".into() });
    assert_eq!(ana.once(joins(&link, "Anna")).await, begun);
    assert_eq!(ana.once(joins(&link, "Anna")).await, begun, "and again");
    let joined = ana.once(joins(&link, "Ana")).await;
    assert!(matches!(joined, Ok(Done::Joined { .. })), "{joined:?}");
    assert_eq!(ana.people().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_that_a_killed_app_left_is_gone_once_somebody_is_signed_in() {
    let scene = Scene::new().await.unwrap();
    let link = scene.invite().await.unwrap();
    let ana = Broken::by(&scene, &link).await;
    let (note, copy) = (ana.dir.path().join("begun.sealed"), ana.dir.path().join("copy"));
    std::fs::copy(&note, &copy).unwrap();
    ana.once(joins(&link, "Ana")).await.unwrap();
    // As if the app had been killed between keeping the session and forgetting what was begun.
    std::fs::rename(&copy, &note).unwrap();
    ana.once(AccountCommand::TryNow).await.unwrap();
    assert!(!note.exists(), "what is done is not begun any more");
}

/// A server on a person's own computer, as the app has it beside the engine.
struct AtHome {
    config: Config,
    /// Does the app end before it hears which space was made?
    breaks_off: bool,
}

impl HostServer for AtHome {
    fn host(&self, space: &str, again: Option<&str>) -> Result<String, String> {
        let again = again.and_then(|again| again.parse().ok());
        let made = Handle::current().block_on(admin::host_space(&self.config, space, again.as_ref()));
        let link = made.map_err(|error| error.to_string())?.to_string();
        if self.breaks_off { Err("broken off".into()) } else { Ok(link) }
    }

    fn open_to_network(&self, _: bool) -> Result<(), String> {
        Ok(())
    }

    fn hosted(&self) -> Option<Hosted> {
        None
    }
}

/// The app is started, asked for a space on this computer, and closed.
async fn hosts(dir: &Path, config: &Config, space: &str, breaks_off: bool) -> Result<Done, Refused> {
    let host: SharedHost = Arc::new(AtHome { config: config.clone(), breaks_off });
    let options = Options { secrets: SecretsWish::File, host: Some(host), ..Options::default() };
    let engine = Engine::open(Profile::hold(&dir.join("profile")).unwrap(), options).unwrap();
    let ask = AccountCommand::Host { space: space.into(), name: "Ana".into(), password: PASSWORD.into() };
    let answer = engine.handle().dispatch(ask).await;
    engine.close();
    answer
}

/// The spaces and people of a server, counted.
async fn counted(config: &Config) -> (usize, usize) {
    let count = async |asked: admin::Command| match admin::command(config, asked).await.unwrap() {
        Admitted::Lines(lines) => lines.len(),
        Admitted::Link(link) => panic!("{link}"),
    };
    (count(admin::Command::ListSpaces).await, count(admin::Command::ListPeople).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_space_that_was_made_here_is_gone_on_with_wherever_its_server_listens_since() {
    let dir = tempfile::tempdir().unwrap();
    let config = Config { argon2: Config::for_tests(dir.path()).argon2, ..Config::of(dir.path().join("server")) };
    let (stop, stopped) = oneshot::channel::<()>();
    let server = serve(config.clone(), async { drop(stopped.await) }).await.unwrap();
    let in_the_way = dir.path().join("profile/session.sealed");
    std::fs::create_dir_all(&in_the_way).unwrap();
    let failed = hosts(dir.path(), &config, "The Moot", false).await;
    assert!(matches!(failed, Err(Refused::Storage { .. })), "{failed:?}");
    std::fs::remove_dir(&in_the_way).unwrap();

    // The computer was started anew, and another program has the port.
    let address = server.address;
    drop(stop);
    server.join().await;
    let _other = TcpListener::bind(address).unwrap();
    let (_stop, stopped) = oneshot::channel::<()>();
    let server = serve(config.clone(), async { drop(stopped.await) }).await.unwrap();
    assert_ne!(server.address, address);
    let joined = hosts(dir.path(), &config, "The Moot", false).await;
    assert!(matches!(joined, Ok(Done::Joined { .. })), "{joined:?}");
    assert_eq!(counted(&config).await, (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_space_that_nobody_heard_of_is_found_by_its_name_however_that_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let config = Config { argon2: Config::for_tests(dir.path()).argon2, ..Config::of(dir.path().join("server")) };
    let (_stop, stopped) = oneshot::channel::<()>();
    let _server = serve(config.clone(), async { drop(stopped.await) }).await.unwrap();
    let failed = hosts(dir.path(), &config, "The Moot", true).await;
    assert!(matches!(failed, Err(Refused::Storage { .. })), "{failed:?}");
    let joined = hosts(dir.path(), &config, "the moot", false).await;
    assert!(matches!(joined, Ok(Done::Joined { .. })), "{joined:?}");
    assert_eq!(counted(&config).await, (1, 1));
}
