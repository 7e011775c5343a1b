//! A word of the ledger as JavaScript writes it: a `Uint32Array` of one element.
//!
//! JavaScript counts connections as they open and close. Two calls into Rust for each connection
//! would add a twentieth to its cost here (`benchmark/NOTES.md`).

use std::rc::Rc;

use napi::bindgen_prelude::Uint32ArraySlice;
use napi::{Env, Result};

use crate::ledger::Ledger;

/// The worker's count of its open connections; nothing if there is no such word.
pub fn of_open_connections<'a>(env: &'a Env, ledger: &Rc<Ledger>) -> Result<Option<Uint32ArraySlice<'a>>> {
    let Some(word) = ledger.open_word() else { return Ok(None) };
    // The array keeps the page mapped for as long as JavaScript has it.
    let page = ledger.clone();
    // SAFETY: the word is mapped while `page` lives, and `page` is dropped with the array. The
    // primary only reads the word, as an atomic. Only this array writes it.
    unsafe { Uint32ArraySlice::from_external(env, word, 1, page, |_, page| drop(page)) }.map(Some)
}
