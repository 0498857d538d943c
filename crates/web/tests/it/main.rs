//! The site as a browser meets it, without a browser: every page, every role, both languages.

#[cfg(test)]
mod api;
#[cfg(test)]
mod city;
#[cfg(test)]
mod doors;
#[cfg(test)]
mod entry;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod plan;
