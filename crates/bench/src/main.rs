//! `cargo xtask bench`: what people feel, measured through a real server with its default durability, real sockets and
//! real disks, all on this machine. Rates per person are lifted, and nothing else.

mod chat;
mod crowd;
mod document;
mod large;
mod scene;
mod socket;
mod table;

use anyhow::Result;
use scene::Scene;
use table::Table;

fn main() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut table = Table::default();
        let scene = Scene::new().await?;
        chat::measure(&scene, &mut table).await?;
        document::measure(&scene, &mut table).await?;
        crowd::measure(&scene, &mut table).await?;
        large::measure(&scene, &mut table).await?;
        table.print();
        Ok(())
    })
}
