//! The domain from outside: stories written beside the rulebooks, and properties.

#[cfg(test)]
mod access;
#[cfg(test)]
mod journeys;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod stories;
