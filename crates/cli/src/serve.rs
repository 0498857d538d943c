//! `miaopu serve`: a site behind a web address, until it is told to stop.

use std::net::{IpAddr, SocketAddr};
use std::process::ExitCode;

use app::Store;
use app::clock::System;
use clap::Args;

use crate::site::Site;

/// See the options.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    site: Site,
    #[command(flatten)]
    address: Address,
    /// Cookies insist on https; leave this out only where the address is this machine alone.
    #[arg(long)]
    https: bool,
    /// A proxy stands in front and writes the visitor's address at the end of X-Forwarded-For; without
    /// this, all of its visitors count as one when attempts are counted by address.
    #[arg(long)]
    behind_proxy: bool,
    /// A folder with a font file that has Chinese characters, to print papers with; otherwise where
    /// systems keep fonts.
    #[arg(long, env = "MIAOPU_FONTS")]
    fonts: Option<std::path::PathBuf>,
}

/// Where to listen.
#[derive(Args, Clone, Copy)]
pub(crate) struct Address {
    /// The address to listen on; this machine alone unless named.
    #[arg(long, default_value = "127.0.0.1")]
    listen: IpAddr,
    /// The port.
    #[arg(long, default_value_t = 8800)]
    port: u16,
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let keys = arguments.site.keys();
    let store = match Store::open(&arguments.site.location(), &keys) {
        Ok(store) => store,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let reached = web::Reached { by_https: arguments.https, behind_proxy: arguments.behind_proxy };
    let mut site = web::Site::new(store, keys, Box::new(System), reached);
    if let Some(folder) = &arguments.fonts {
        site = site.with_fonts(folder.clone());
    }
    listen(site, arguments.address, |address| {
        println!("苗圃已启动 / miaopu is listening: http://{address}/");
        println!("按 Ctrl+C 停止 / Ctrl+C stops it");
    })
}

/// Listens and serves until interrupted; `ready` is told the address.
pub(crate) fn listen(site: web::Site, address: Address, ready: impl FnOnce(SocketAddr)) -> ExitCode {
    // Searching by name can wait for its first use; a site without it is still a site.
    if let Err(error) = site.store().begin_finding() {
        tracing::warn!(%error, "names cannot be searched yet");
    }
    let served = || -> std::io::Result<()> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind((address.listen, address.port)).await?;
            ready(listener.local_addr()?);
            let daily = tokio::spawn(daily(site.clone()));
            let served = web::serve(listener, site, stopped()).await;
            daily.abort();
            served
        })
    };
    match served() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("无法监听 {}:{} / cannot listen: {error}", address.listen, address.port);
            ExitCode::FAILURE
        }
    }
}

/// What a new day asks for. The index of subjects is stated once a day, so that a dossier proves its
/// completeness as of yesterday at the worst; whether one is due is for the record to say. What is due in
/// the whole tree is looked at before anybody asks, because that takes a while in a large city.
async fn daily(site: web::Site) {
    loop {
        let asked = site.clone();
        let done = tokio::task::spawn_blocking(move || {
            match asked.store().root_index(asked.now()) {
                Ok(Some(receipt)) => tracing::info!(seq = receipt.first_seq, "the index of today is stated"),
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, "the index of today could not be stated"),
            }
            if let Err(error) = look_ahead(&asked) {
                tracing::warn!(%error, "what is due could not be looked at");
            }
        });
        if let Err(error) = done.await {
            tracing::warn!(%error, "the work of the day ended badly");
        }
        tokio::time::sleep(std::time::Duration::from_secs(1800)).await;
    }
}

fn look_ahead(site: &web::Site) -> Result<(), app::StoreError> {
    let today = site.now().today;
    for top in site.store().units_below(None)? {
        site.store().docket(top.id, today)?;
    }
    Ok(())
}

/// Done when the program is asked to stop.
async fn stopped() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        let mut asked = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(asked) => asked,
            Err(error) => {
                tracing::warn!(%error, "only Ctrl+C stops this");
                let _ = interrupted.await;
                return;
            }
        };
        tokio::select! {
            _ = interrupted => {}
            _ = asked.recv() => {}
        }
    }
    #[cfg(not(unix))]
    let _ = interrupted.await;
}
