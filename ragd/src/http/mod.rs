//! What all that speak HTTP with others do in the same way.

pub mod date;

use reqwest::{ClientBuilder, redirect};

/// Returns the beginning of a client, which goes where it is told and nowhere else.
pub fn client() -> ClientBuilder {
    install_cryptography();
    ClientBuilder::new()
        // Whoever sends us elsewhere would have sent there what was meant for him.
        .redirect(redirect::Policy::none())
        .user_agent(concat!("ragd/", env!("CARGO_PKG_VERSION")))
}

pub fn install_cryptography() {
    // Somebody else may have chosen one; any is fine.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
