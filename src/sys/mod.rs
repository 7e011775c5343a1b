//! System calls: the only place for `unsafe`, each block with the promise it rests on.
//!
//! What differs between operating systems stands here and nowhere else. Numbers become `OwnedFd`
//! before anything can return early; nothing above this module holds a raw descriptor, save at
//! the JavaScript edge.

pub mod failure;
pub mod handle_type;
pub mod inherited;
pub mod listen;
pub mod memory;
pub mod nothing;
pub mod rights;
pub mod unix;
pub mod uv;
