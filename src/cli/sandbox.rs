//! `poilift sandbox`, and the embedded sandbox of `--sandbox`.

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::Path;
use std::time::Duration;

use super::args::Sandbox as Args;
use super::clock;
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::files::read_inputs;
use super::screen::print;
use super::session::stores_of;
use super::settings::{Settings, flag_duration};
use crate::intake::{Columns, read_input_bytes};
use crate::pipeline::PlatformSettings;
use crate::sandbox::{self, PushTo, Running, Scenario};
use crate::store::LegacyStore;
use crate::wechat::{Redactor, Secret, TokenSource, TransportSettings};
use crate::wire::{Endpoint, ErrorTable};
use crate::words;

/// The sample chain, for a sandbox that was given no stores.
const SAMPLE: &[u8] = include_bytes!("../../samples/getpoilist.json");

/// Runs the server until it is stopped.
pub fn run(context: &Context<'_>, args: &Args) -> Result<Exit, Failure> {
    let settings = Settings::of(context);
    let stores = match args.load.as_slice() {
        [] => sample()?,
        files => stores_of(&mut read_inputs(&settings, files)?)?,
    };
    let clock = match &args.clock {
        Some(text) => Some(clock::read("--clock", text)?),
        None => context.fast,
    };
    let mut scenario = scenario(&args.scenario)?;
    if let Some(url) = &args.push {
        let plain = PushTo::plain(url.clone());
        scenario.push = Some(PushTo { url: url.clone(), ..scenario.push.unwrap_or(plain) });
    }
    let sandbox_settings = sandbox::Settings {
        seed: args.seed,
        latency: flag_duration("--latency", &args.latency)?,
        review_time: flag_duration("--review-time", &args.review_time)?,
        scenario,
        state_file: args.state.clone(),
        clock,
    };
    let addr = args.addr.to_socket_addrs().ok().and_then(|mut addresses| addresses.next());
    let Some(addr) = addr else {
        let addr = &args.addr;
        return Err(Failure::usage(words!("--addr {addr:?} is not HOST:PORT"; "--addr {addr:?} 不是 主机:端口"), None));
    };
    let running = sandbox::start(addr, sandbox_settings, stores)?;
    let line = format!("listening http://{}\n", running.addr());
    print(&line).map_err(|error| Failure::io("write", Path::new("stdout"), &error))?;
    running.wait();
    Ok(Exit::Done)
}

/// The embedded platform; its state lies beside the ledger.
pub fn embedded(
    context: &Context<'_>,
    ledger: &Path,
    scenario: Scenario,
    stores: Vec<LegacyStore>,
    addr: SocketAddr,
) -> Result<Running, Failure> {
    answering_after(context, ledger, (scenario, Duration::ZERO), stores, addr)
}

/// The same, which answers after so long.
pub fn answering_after(
    context: &Context<'_>,
    ledger: &Path,
    (scenario, latency): (Scenario, Duration),
    stores: Vec<LegacyStore>,
    addr: SocketAddr,
) -> Result<Running, Failure> {
    let mut state_file = ledger.as_os_str().to_owned();
    state_file.push(".platform.jsonl");
    // Without stores of its own a run finds what an earlier one left, and the sample chain at the very first time.
    let stores = if stores.is_empty() && !Path::new(&state_file).exists() { sample()? } else { stores };
    let (state_file, clock) = (Some(state_file.into()), context.fast);
    let settings = sandbox::Settings { latency, scenario, state_file, clock, ..sandbox::Settings::default() };
    Ok(sandbox::start(addr, settings, stores)?)
}

/// A platform with the sample chain that leaves nothing behind.
pub fn fleeting(name: &str) -> Result<Running, Failure> {
    let settings = sandbox::Settings { scenario: scenario(name)?, ..sandbox::Settings::default() };
    Ok(sandbox::start(SocketAddr::from((std::net::Ipv4Addr::LOCALHOST, 0)), settings, sample()?)?)
}

/// How the embedded platform is reached: as the real one, over the wire. Any secret will do; what errcodes mean for the
/// account is rehearsed with it.
#[must_use]
pub fn platform(addr: SocketAddr, errors: ErrorTable) -> PlatformSettings {
    let secret = Secret::new("the-sandbox-takes-any-secret").unwrap_or_else(|| unreachable!("not empty"));
    PlatformSettings {
        transport: TransportSettings {
            api_base: format!("http://{addr}"),
            timeout: Duration::from_secs(15),
            proxy: None,
            ca_pem: None,
            connections: crate::engine::ROOM_MAX,
        },
        tokens: TokenSource::Secret { appid: "sandbox".to_owned(), secret, endpoint: Endpoint::StableToken },
        redactor: Redactor::default(),
        errors,
    }
}

/// The sample chain.
fn sample() -> Result<Vec<LegacyStore>, Failure> {
    let input = read_input_bytes("samples/getpoilist.json", SAMPLE, &Columns::default())?;
    Ok(input.rows.into_iter().map(|row| row.store).collect())
}

/// How a sandbox behaves, by a name or a file.
pub fn scenario(name: &str) -> Result<Scenario, Failure> {
    if let Some(scenario) = Scenario::named(name) {
        return Ok(scenario);
    }
    let path = Path::new(name);
    if !path.exists() {
        let names = Scenario::names().collect::<Vec<_>>().join(", ");
        return Err(Failure::usage(
            words!("there is no scenario {name:?}, and no file of this name"; "没有名为 {name:?} 的场景或文件"),
            Some(words!("the scenarios are {names}"; "可用场景：{names}")),
        ));
    }
    let text = std::fs::read_to_string(path).map_err(|error| Failure::io("read", path, &error))?;
    Ok(Scenario::from_toml(&text)?)
}
