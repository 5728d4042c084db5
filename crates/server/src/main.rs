//! `folkmootd`: serves a data directory, and does an operator's commands on it. All of it is in the library.

use anyhow::Context;
use clap::{Args, Parser, Subcommand, ValueEnum};
use folkmoot_model::features::people::Role;
use folkmoot_model::id::DeviceId;
use folkmoot_model::shown::on_one_line;
use folkmoot_server::{Config, admin, prepare_process, serve, shutdown_signal};
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use tracing_subscriber::EnvFilter;

/// A tenth less work than with the system's allocator, and memory that connections and documents leave goes back to
/// the system (`.cargo/config.toml`), which the other mostly keeps.
#[cfg(unix)]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// The Folkmoot server.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve a data directory until told to stop.
    Serve {
        #[command(flatten)]
        data: NewData,
        /// Where to listen; port 0 is the port of the last time, or a free one. Off loopback there is TLS.
        #[arg(long)]
        listen: Option<SocketAddr>,
    },
    /// Make a server in a data directory without serving it; prints HOST:PORT#KEY. One that is there stays as it is.
    Init {
        #[command(flatten)]
        data: NewData,
    },
    /// Spaces.
    Space {
        #[command(subcommand)]
        command: Space,
    },
    /// Accounts.
    Person {
        #[command(subcommand)]
        command: Person,
    },
    /// Devices.
    Device {
        #[command(subcommand)]
        command: Device,
    },
    /// Print a link by which one person may join a space.
    Invite {
        #[command(flatten)]
        data: Data,
        /// The space's name or id.
        #[arg(long)]
        space: String,
        /// What the newcomer will be.
        #[arg(long, default_value = "member")]
        role: AsRole,
        /// Host and port for the link, if not the server's own.
        #[arg(long)]
        host: Option<String>,
    },
}

#[derive(Subcommand)]
enum Space {
    /// Print which spaces there are: their ids, when they were made, their names.
    List {
        #[command(flatten)]
        data: Data,
    },
    /// Make a space, and print the link by which its owner joins. No other may have its name.
    Create {
        #[command(flatten)]
        data: Data,
        /// The space's name.
        name: String,
        /// Host and port for the link, if not the server's own.
        #[arg(long)]
        host: Option<String>,
    },
}

#[derive(Subcommand)]
enum Person {
    /// Print who has an account: its id, how many devices are signed in, its name.
    List {
        #[command(flatten)]
        data: Data,
    },
    /// End an account for good: its devices are signed out at once, it is taken out of its spaces, and nobody signs in
    /// under its name again. What it said stays.
    End {
        #[command(flatten)]
        data: Data,
        /// The person's name or id.
        person: String,
    },
}

#[derive(Subcommand)]
enum Device {
    /// Print which devices a person has: their ids, whether they are signed in, when that was last renewed.
    List {
        #[command(flatten)]
        data: Data,
        /// The person's name or id.
        #[arg(long)]
        person: String,
    },
    /// Sign a device out at once, a lost one for example.
    End {
        #[command(flatten)]
        data: Data,
        /// The device's id.
        device: DeviceId,
    },
}

#[derive(Args)]
struct NewData {
    /// The data directory; made if missing, and a server in it.
    #[arg(long, env = "FOLKMOOT_DATA")]
    data: PathBuf,
}

#[derive(Args)]
struct Data {
    /// The data directory of a server.
    #[arg(long, env = "FOLKMOOT_DATA")]
    data: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum AsRole {
    Owner,
    Admin,
    Member,
    Guest,
}

impl From<AsRole> for Role {
    fn from(role: AsRole) -> Self {
        match role {
            AsRole::Owner => Self::Owner,
            AsRole::Admin => Self::Admin,
            AsRole::Member => Self::Member,
            AsRole::Guest => Self::Guest,
        }
    }
}

fn main() -> anyhow::Result<()> {
    let filter = EnvFilter::try_from_env("FOLKMOOT_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    prepare_process();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("no runtime")?;
    runtime.block_on(run(Cli::parse().command))
}

async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Serve { data, listen } => {
            let mut config = Config::load(&data.data)?;
            config.listen = listen.unwrap_or(config.listen);
            #[cfg(unix)]
            give_memory_back();
            let running = serve(config, shutdown_signal()?).await?;
            say(format_args!("listening {}", running.url))?;
            running.join().await;
        }
        Command::Init { data } => say(format_args!("{}", admin::init(&Config::load(&data.data)?).await?))?,
        Command::Space { command: Space::List { data } } => operate(&data, admin::Command::ListSpaces).await?,
        Command::Space { command: Space::Create { data, name, host } } => {
            let config = Config::load(&data.data)?;
            say(format_args!("{}", admin::create_space(&config, &name, host).await?))?;
        }
        Command::Person { command: Person::List { data } } => operate(&data, admin::Command::ListPeople).await?,
        Command::Person { command: Person::End { data, person } } => {
            operate(&data, admin::Command::EndPerson { person }).await?;
        }
        Command::Device { command: Device::List { data, person } } => {
            operate(&data, admin::Command::ListDevices { person }).await?;
        }
        Command::Device { command: Device::End { data, device } } => {
            operate(&data, admin::Command::EndDevice { device }).await?;
        }
        Command::Invite { data, space, role, host } => {
            let config = Config::load(&data.data)?;
            say(format_args!("{}", admin::invite(&config, &space, role.into(), host).await?))?;
        }
    }
    Ok(())
}

async fn operate(data: &Data, command: admin::Command) -> anyhow::Result<()> {
    match admin::command(&Config::load(&data.data)?, command).await? {
        admin::Done::Link(link) => say(format_args!("{link}")),
        // People chose the names in them.
        admin::Done::Lines(lines) => {
            let said = lines.iter().try_for_each(|line| say(format_args!("{}", on_one_line(line))));
            said.or_else(|error| if is_unread(&error) { Ok(()) } else { Err(error) })
        }
    }
}

/// Has whoever reads stdout had enough?
fn is_unread(error: &anyhow::Error) -> bool {
    let kind = error.root_cause().downcast_ref::<std::io::Error>().map(std::io::Error::kind);
    kind == Some(std::io::ErrorKind::BrokenPipe)
}

/// Lets a thread give memory back that nobody holds, also while nothing is allocated. Where jemalloc has none (macOS),
/// each thread does so at its next allocations.
#[cfg(unix)]
fn give_memory_back() {
    if let Err(error) = tikv_jemalloc_ctl::background_thread::write(true) {
        tracing::debug!(%error, "idle memory goes back late");
    }
}

/// Writes one line to stdout, where programs read it.
fn say(line: std::fmt::Arguments<'_>) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).context("cannot write to stdout")
}
