//! What a worker asks for when one of its servers listens.

use serde::Deserialize;
use serde_json::Value;

/// The kind of address (`addressType` of the 'listening' event).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AddressType {
    /// TCP on IPv4, or on no address in particular.
    Tcp4,
    /// TCP on IPv6.
    Tcp6,
    /// A unix socket's path.
    Unix,
    /// A descriptor of the primary.
    Descriptor,
    /// UDP on IPv4.
    Udp4,
    /// UDP on IPv6.
    Udp6,
}

/// A listen request, in the words of Node's `net` and `dgram` (`cluster._getServer`'s options).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Query {
    /// An IP address, or a unix socket's absolute path; nothing for any address.
    pub address: Option<String>,
    /// Negative for a unix socket.
    pub port: Option<i32>,
    /// 4, 6, -1, `"udp4"` or `"udp6"`.
    pub address_type: Value,
    /// A descriptor of the primary, or negative.
    pub fd: Option<i32>,
    /// libuv's bind flags: 1 is IPv6 only, 4 (UDP) is address reuse.
    pub flags: Option<u32>,
    /// How many connections the kernel queues (listen(2)); nothing for Node's default.
    pub backlog: Option<i32>,
    /// `server.listen({ readableAll })`.
    pub readable_all: bool,
    /// `server.listen({ writableAll })`.
    pub writable_all: bool,
    /// How many equal requests this worker made before.
    pub index: u32,
    /// What the first server of a key passes to the others (TLS ticket keys).
    pub data: Value,
}

/// What makes two requests mean the same socket.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Name {
    address: Option<String>,
    port: Option<i32>,
    address_type: AddressType,
    fd: Option<i32>,
    /// Port 0 is a new port for each listen call of a worker: the n-th of every worker share one.
    index: Option<u32>,
}

impl Query {
    const IPV6_ONLY: u32 = 1;
    const REUSE_ADDRESS: u32 = 4;

    /// What kind of socket is meant.
    #[must_use]
    pub fn kind(&self) -> AddressType {
        match self.address_type.as_str() {
            Some("udp4") => return AddressType::Udp4,
            Some("udp6") => return AddressType::Udp6,
            _ => {}
        }
        if self.fd.is_some_and(|fd| fd >= 0) {
            AddressType::Descriptor
        } else if self.port.is_some_and(|port| port < 0) {
            AddressType::Unix
        } else if self.address_type.as_i64() == Some(6) {
            AddressType::Tcp6
        } else {
            AddressType::Tcp4
        }
    }

    /// Datagrams go to the worker that reads first. There is no connection to deal.
    #[must_use]
    pub fn is_datagram(&self) -> bool {
        matches!(self.kind(), AddressType::Udp4 | AddressType::Udp6)
    }

    /// The bind flag `UV_TCP_IPV6ONLY` or `UV_UDP_IPV6ONLY`.
    #[must_use]
    pub fn ipv6_only(&self) -> bool {
        self.flags.unwrap_or(0) & Self::IPV6_ONLY != 0
    }

    /// The bind flag `UV_UDP_REUSEADDR`.
    #[must_use]
    pub fn reuse_address(&self) -> bool {
        self.flags.unwrap_or(0) & Self::REUSE_ADDRESS != 0
    }

    pub(super) fn name(&self) -> Name {
        Name {
            address: self.address.clone(),
            port: self.port,
            address_type: self.kind(),
            fd: self.fd.filter(|fd| *fd >= 0),
            index: (self.port == Some(0)).then_some(self.index),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(json: &str) -> Query {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn the_kinds_of_net_and_dgram() {
        let kind = |json| query(json).kind();
        assert_eq!(kind(r#"{"address":null,"port":0,"addressType":4,"backlog":0}"#), AddressType::Tcp4);
        assert_eq!(kind(r#"{"address":"::1","port":80,"addressType":6,"flags":1}"#), AddressType::Tcp6);
        assert_eq!(kind(r#"{"address":"/tmp/s","port":-1,"addressType":-1}"#), AddressType::Unix);
        assert_eq!(
            kind(r#"{"address":null,"port":null,"addressType":null,"fd":3}"#),
            AddressType::Descriptor
        );
        assert_eq!(kind(r#"{"address":"0.0.0.0","port":0,"addressType":"udp4","fd":-1}"#), AddressType::Udp4);
        assert_eq!(kind(r#"{"address":null,"port":null,"addressType":"udp6","fd":9}"#), AddressType::Udp6);
    }

    #[test]
    fn only_port_zero_counts_its_calls() {
        assert_ne!(query(r#"{"port":0}"#).name(), query(r#"{"port":0,"index":1}"#).name());
        assert_eq!(query(r#"{"port":80}"#).name(), query(r#"{"port":80,"index":1}"#).name());
    }
}
