//! What the environment may say; read here and nowhere else.

/// The server that tests may use, as a connection text.
#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "this file is the one reader of the environment")]
pub(crate) fn test_database() -> Option<String> {
    std::env::var("TEST_DATABASE_URL").ok()
}
