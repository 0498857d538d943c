//! Integration tests of the documents crate, one module per noun.

#[cfg(test)]
mod cases;
#[cfg(test)]
mod guard;
#[cfg(test)]
mod papers;
#[cfg(test)]
mod parts;
#[cfg(test)]
mod roster;
#[cfg(test)]
mod sheet;
#[cfg(test)]
mod table;
