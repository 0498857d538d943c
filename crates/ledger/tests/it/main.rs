//! The ledger from outside: whole logs, dossiers, and the judgement of other implementations.

#[cfg(test)]
mod dossier;
#[cfg(test)]
mod go;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod verify;
#[cfg(test)]
mod world;
