//! `cargo xtask bench`: the parts that its arguments name, or all. `fill LINK` only fills a room, for the window's;
//! `attacks` measures what one person can do to a server; `growth [FILE]` asks how cost grows, and draws it there; `peers` measures other servers beside ours, and `relay PORT`
//! is one of them.

use anyhow::{Result, bail};
use folkmoot_bench::scene::Scene;
use folkmoot_bench::table::Table;
use folkmoot_bench::{arrival, attacks, chat, crowd, document, growth, large, peers};

/// In this order.
const PARTS: [&str; 5] = ["chat", "document", "crowd", "large", "arrival"];

fn main() -> Result<()> {
    let asked: Vec<String> = std::env::args().skip(1).collect();
    match &asked[..] {
        [first, ..] if first == "peers" => return peers::main(),
        [first, port] if first == "relay" => return peers::relay(port.parse()?),
        _ => {}
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    if asked.first().is_some_and(|first| first == "growth") {
        let growth = runtime.block_on(growth::measure())?;
        growth.print();
        return asked.get(1).map_or(Ok(()), |file| growth.draw(file.as_ref()));
    }
    if asked == ["attacks"] {
        let mut table = Table::default();
        let measured = runtime.block_on(attacks::measure(&mut table));
        table.print();
        return measured;
    }
    if let [fill, link] = &asked[..]
        && fill == "fill"
    {
        runtime.block_on(large::fill(link, large::MESSAGES))?;
        return Ok(());
    }
    if let Some(unknown) = asked.iter().find(|part| !PARTS.contains(&part.as_str())) {
        bail!("no part {unknown:?}; there are: {}", PARTS.join(", "));
    }
    runtime.block_on(async {
        let mut table = Table::default();
        let scene = Scene::new().await?;
        for part in PARTS.into_iter().filter(|part| asked.is_empty() || asked.iter().any(|asked| asked == part)) {
            match part {
                "chat" => chat::measure(&scene, &mut table).await?,
                "document" => document::measure(&scene, &mut table).await?,
                "crowd" => crowd::measure(&scene, &mut table).await?,
                "arrival" => arrival::measure(&mut table).await?,
                _ => large::measure(&scene, &mut table).await?,
            }
        }
        table.print();
        Ok(())
    })
}
