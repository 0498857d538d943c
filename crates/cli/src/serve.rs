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
    let site = web::Site::new(store, keys, Box::new(System), arguments.https);
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
            web::serve(listener, site, stopped()).await
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
