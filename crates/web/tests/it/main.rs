//! The site as a browser meets it, without a browser: every page, every role, both languages.

#[cfg(test)]
mod api;
#[cfg(test)]
mod api_work;
#[cfg(test)]
mod batch;
#[cfg(test)]
mod city;
#[cfg(test)]
mod coverage;
#[cfg(test)]
mod doors;
#[cfg(test)]
mod entry;
#[cfg(test)]
mod forecast;
#[cfg(test)]
mod issued;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod papers;
#[cfg(test)]
mod people;
#[cfg(test)]
mod plan;
#[cfg(test)]
mod schooling;
#[cfg(test)]
mod signing;
#[cfg(test)]
mod supervision;
#[cfg(test)]
mod tree;
