//! A word of the ledger as JavaScript writes it: a `Uint32Array` of one element.
//!
//! Connections are counted as they open and close. Two calls a connection cost a twentieth of
//! what it costs on this side (`benchmark/NOTES.md`).

use std::rc::Rc;

use napi::bindgen_prelude::Uint32ArraySlice;
use napi::{Env, Result};

use crate::ledger::Ledger;

/// The worker's count of its open connections; nothing where there is no such word.
pub fn of_open_connections<'a>(env: &'a Env, ledger: &Rc<Ledger>) -> Result<Option<Uint32ArraySlice<'a>>> {
    let Some(word) = ledger.open_word() else { return Ok(None) };
    // The array keeps the page mapped for as long as JavaScript has it.
    let page = ledger.clone();
    // SAFETY: the word is mapped while `page` lives, which is dropped when the array is; the
    // primary reads it as an atomic, and nobody else writes there.
    unsafe { Uint32ArraySlice::from_external(env, word, 1, page, |_, page| drop(page)) }.map(Some)
}
