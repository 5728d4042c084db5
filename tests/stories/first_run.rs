//! A first run that fails somewhere is taken up by the next try: with one person, who is in one space.

use folkmoot_bench::scene::{PASSWORD, Scene};
use folkmoot_client::command::{Done, KeyPlace, Refused};
use folkmoot_client::engine::{Engine, Options};
use folkmoot_client::features::accounts::commands::AccountCommand;
use folkmoot_client::keys::{self, SecretsWish};
use folkmoot_client::profile::Profile;
use folkmoot_client::view::SecretsKept;
use folkmoot_server::admin::{self, Done as Admitted};
use folkmoot_wire::link::Link;

#[tokio::test(flavor = "multi_thread")]
async fn who_joined_and_could_not_keep_it_joins_again_as_the_same_person() {
    let scene = Scene::new().await.unwrap();
    let link = scene.invite().await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let open = || {
        let options = Options { secrets: SecretsWish::File, ..Options::default() };
        Engine::open(Profile::hold(dir.path()).unwrap(), options).unwrap()
    };
    let join = || AccountCommand::Join { link: link.clone(), name: "Ana".into(), password: PASSWORD.into() };

    // Where the session would be kept there is something else: the server has the person, this device has not.
    let in_the_way = dir.path().join("session.sealed");
    std::fs::create_dir(&in_the_way).unwrap();
    let engine = open();
    let failed = engine.handle().dispatch(join()).await;
    assert!(matches!(failed, Err(Refused::Storage { .. })), "{failed:?}");
    engine.close();
    std::fs::remove_dir(&in_the_way).unwrap();

    let engine = open();
    let joined = engine.handle().dispatch(join()).await;
    assert!(matches!(joined, Ok(Done::Joined { .. })), "{joined:?}");
    engine.close();
    let people = admin::command(scene.config(), admin::Command::ListPeople).await.unwrap();
    assert!(matches!(&people, Admitted::Lines(lines) if lines.len() == 1), "{people:?}");
    assert!(!dir.path().join("begun.sealed").exists(), "what is done is not begun any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_space_that_nobody_came_to_be_in_is_taken_by_the_next_try() {
    let scene = Scene::new().await.unwrap();
    let config = scene.config();
    let first = admin::host_space(config, "Our place").await.unwrap();
    let second = admin::host_space(config, "Our place").await.unwrap();
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
    let third = admin::host_space(config, "Our place").await;
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
