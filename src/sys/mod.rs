//! System calls: the only place for `unsafe`, each block with the promise it rests on.
//!
//! What differs between operating systems stands here and nowhere else. Numbers become `OwnedFd`
//! before anything can return early. Nothing above this module holds a raw descriptor, except at the
//! JavaScript edge.
//!
//! # What a platform must supply
//!
//! Linux has all of it. Another platform is added here: each item below does there what its line says.
//! `__test__/walls.js` checks that the list is complete, and that `nix`, `libc`, `accept4`,
//! `SOCK_CLOEXEC`, `MSG_CMSG_CLOEXEC` and `/proc` are named in no other folder. Beside this list, the
//! reactor needs `mio::Poll` and `mio::Waker`.
//!
//! Every descriptor that is made here is close-on-exec from birth, also while another thread forks,
//! and non-blocking if it is a socket. A platform without `accept4(2)`, `SOCK_CLOEXEC` and
//! `MSG_CMSG_CLOEXEC` needs a lock around those calls. Its code that spawns a process must hold the
//! same lock.
//!
//! | item | what it does | if a platform has no such thing |
//! |------|--------------|---------------------------------|
//! | [`failure::Failure`], [`failure::Called`] | an error with the name of the system call that failed | |
//! | [`errno::OUT_OF_DESCRIPTORS`], [`errno::CROWDED`], [`errno::TOO_LONG`], [`errno::NOT_PERMITTED`], [`errno::INVALID`], [`errno::PEER_GONE`] | the numbers of these errors, as Node of this platform knows them | `CROWDED`: any number that no call gives |
//! | [`errno::is_crowded`], [`errno::is_shortage`], [`errno::number`] | what an error means | |
//! | [`datagram::Sender`] | datagrams to a unix socket, with a path or without. It does not block | abstract names: `EINVAL` |
//! | [`handle_type::HandleType`] | which of Node's handle classes a descriptor is for, as the kernel knows it. The peer is not believed | `None`: the handle is refused |
//! | [`handle_type::is_connection`] | whether a descriptor is what `accept(2)` gives | |
//! | [`inherited::own`], [`inherited::lend`] | a descriptor that is known by number only, owned once, or lent for one call | |
//! | [`listen::tcp`], [`listen::udp`], [`listen::address`], [`listen::local_address`] | internet sockets with the options, the dual stack and the zones that libuv gives them | |
//! | [`listen::beside`], [`listen::join`] | another datagram socket with the options, and then with the address, of one that is bound | |
//! | [`reuse_port::allow`], [`reuse_port::Steering`], [`reuse_port::discard`] | several datagram sockets on one address, of which each flow has one | an error: all workers share one socket |
//! | [`listen::existing`], [`listen::adopt`], [`listen::SockType`] | a socket that this process has already, checked for its type, and made to listen | |
//! | [`listen::accept`] | the next connection. It does not block | |
//! | [`listen::is_of_one_connection`] | whether the next `accept` may be fine. If it is wrong, one broken connection delays all others, or a turn never ends | |
//! | [`unix::with_path`], [`unix::Access`] | a unix socket with a file, its errors and its mode those of this Node's libuv | |
//! | [`unix::with_abstract_name`] | a unix socket without a file | `EINVAL` |
//! | [`rights::send`], [`rights::Control`], [`rights::Received`], [`rights::MOST`] | bytes with descriptors on the first of them. A read ends at the end of what was sent with its descriptors, and reports if some were lost | the wire cannot be carried |
//! | [`readable::within`] | whether a descriptor can be read within some time | |
//! | [`signals::Ignored`] | SIGTERM and SIGINT do nothing, and later again what they did | |
//! | [`stderr::write_all`] | bytes to the standard error, also if that is non-blocking | |
//! | [`nothing::Nothing`] | closes a socket that another thread may be using, and keeps its number in use | |
//! | [`memory::Shared`] | words that two processes share, and that neither can take away from the other | an error: claims go by frames, and nothing is revoked |
//! | [`uv::Loop`], [`uv::Poll`], [`uv::Timer`], [`uv::Ready`], [`uv::version`] | a descriptor and a timer on Node's own event loop | the worker cannot attach |
//! | [`epoll::watch_level`] | the reactor's poll reports a socket as long as it can be read | each change, and `accept` until it would block |
//! | [`epoll::go_last`] | this process is the last of those that the kernel wakes for a connection, one at a time | all are woken |
//! | [`uv::idle_time`] | how long that loop has been idle so far | zero: the worker counts as never idle |

pub mod datagram;
pub mod epoll;
pub mod errno;
pub mod failure;
pub mod handle_type;
pub mod inherited;
mod libuv;
pub mod listen;
pub mod memory;
pub mod nothing;
pub mod readable;
pub mod reuse_port;
pub mod rights;
pub mod signals;
pub mod stderr;
pub mod unix;
pub mod uv;
