//! The computer comes into a network: who waits for the next dial does not wait for it.

use super::team::Team;
use folkmoot_client::view::LinkState;
use folkmoot_model::features::people::Role;
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Set within a network of our own, where addresses can be given and taken without disturbing anybody.
const WITHIN: &str = "FOLKMOOT_TEST_NETWORK";

/// The least wait for the next dial that shows that something else made it dial.
const LONG_MS: u64 = 6_000;

fn ip(args: &str) {
    let status = Command::new("ip").args(args.split(' ')).status().expect("ip runs");
    assert!(status.success(), "ip {args}");
}

#[test]
fn a_change_of_network_makes_it_dial_at_once() {
    if std::env::var_os(WITHIN).is_some() {
        ip("link set lo up");
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        return runtime.block_on(dials_at_once());
    }
    let test = std::env::current_exe().expect("this test is a file");
    let unshared = |program: &std::path::Path| {
        let mut command = Command::new("unshare");
        command.arg("--net").arg(program).env(WITHIN, "1");
        command
    };
    if !unshared("true".as_ref()).output().is_ok_and(|output| output.status.success()) {
        eprintln!("SKIPPED: no network of our own may be made here; run as root with unshare and ip");
        return;
    }
    let name = "stories::network::a_change_of_network_makes_it_dial_at_once";
    let output = unshared(&test).args(["--exact", name, "--nocapture"]).output().expect("the test runs");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

async fn dials_at_once() {
    let mut team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    team.stop().await;
    let mut standing = ana.handle.status();
    let waits_long = |link: &LinkState| match link {
        LinkState::Offline { retry_at_ms, .. } => *retry_at_ms > now_ms() + LONG_MS,
        _ => false,
    };
    standing.wait_for(|standing| waits_long(&standing.link)).await.expect("the engine runs");
    team.serve().await;
    ip("link add moot0 type veth peer name moot1");
    ip("link set moot0 up");
    ip("addr add 192.0.2.7/24 dev moot0");
    let online = standing.wait_for(|standing| standing.link == LinkState::Online);
    let online = tokio::time::timeout(Duration::from_millis(LONG_MS / 2), online).await;
    assert!(online.is_ok(), "a new address was not noticed: {:?}", ana.handle.status().borrow().link);
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    u64::try_from(since.as_millis()).expect("before the year 500 million")
}
