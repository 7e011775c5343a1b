//! An answer, as far as it has come: whole, or not yet, or not what a worker says.

use std::cmp::Ordering;

use crate::plan::Protocol;

/// What has come so far.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// There is more to come.
    Partial,
    /// A worker's number.
    Whole(u32),
    /// Something else.
    Invalid,
}

const OK: &[u8] = b"HTTP/1.1 200 ";
const HEAD_END: &[u8] = b"\r\n\r\n";
const LENGTH: &[u8] = b"content-length:";

/// Reads what has come. `ended`: nothing more will.
pub fn read(protocol: Protocol, bytes: &[u8], ended: bool) -> Answer {
    let body = match protocol {
        Protocol::Net => ended.then_some(Ok(bytes)),
        Protocol::Http if !ended => None,
        Protocol::Http | Protocol::HttpKeepAlive => body(bytes),
    };
    match body {
        None if ended => Answer::Invalid,
        None => Answer::Partial,
        Some(Err(NotHttp)) => Answer::Invalid,
        Some(Ok(body)) => {
            let number = str::from_utf8(body).ok().and_then(|text| text.parse().ok());
            number.map_or(Answer::Invalid, Answer::Whole)
        }
    }
}

struct NotHttp;

/// The body of an HTTP answer, when all of it is there.
fn body(bytes: &[u8]) -> Option<Result<&[u8], NotHttp>> {
    let end = bytes.windows(HEAD_END.len()).position(|window| window == HEAD_END)?;
    let (head, rest) = bytes.split_at(end);
    let body = rest.split_at(HEAD_END.len()).1;
    let Some(length) = length(head).filter(|_| head.starts_with(OK)) else { return Some(Err(NotHttp)) };
    match body.len().cmp(&length) {
        Ordering::Less => None,
        Ordering::Equal => Some(Ok(body)),
        Ordering::Greater => Some(Err(NotHttp)), // We ask one thing at a time.
    }
}

fn length(head: &[u8]) -> Option<usize> {
    let mut lines = head.split(|byte| *byte == b'\n');
    let value = lines.find_map(|line| {
        let (name, value) = line.split_at_checked(LENGTH.len())?;
        name.eq_ignore_ascii_case(LENGTH).then_some(value)
    })?;
    str::from_utf8(value).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Protocol::{Http, HttpKeepAlive, Net};

    const HTTP: &[u8] = b"HTTP/1.1 200 OK\r\nDate: today\r\nContent-Length: 2\r\n\r\n17";

    #[test]
    fn net_is_whole_when_it_ends() {
        assert_eq!(read(Net, b"1", false), Answer::Partial);
        assert_eq!(read(Net, b"17", true), Answer::Whole(17));
        for invalid in [b"".as_slice(), b"x", b"-1", b"1 ", b"\xff"] {
            assert_eq!(read(Net, invalid, true), Answer::Invalid, "{invalid:?}");
        }
    }

    #[test]
    fn kept_alive_http_is_whole_when_its_length_is_there() {
        for cut in 0..HTTP.len() {
            assert_eq!(read(HttpKeepAlive, &HTTP[..cut], false), Answer::Partial, "{cut}");
            assert_eq!(read(HttpKeepAlive, &HTTP[..cut], true), Answer::Invalid, "{cut}");
        }
        assert_eq!(read(HttpKeepAlive, HTTP, false), Answer::Whole(17));
        assert_eq!(read(HttpKeepAlive, &[HTTP, b"1"].concat(), false), Answer::Invalid);
    }

    #[test]
    fn other_http_is_whole_when_it_ends() {
        assert_eq!(read(Http, HTTP, false), Answer::Partial);
        assert_eq!(read(Http, HTTP, true), Answer::Whole(17));
        assert_eq!(read(Http, &HTTP[1..], true), Answer::Invalid);
        assert_eq!(read(Http, b"HTTP/1.1 200 OK\r\n\r\n17", true), Answer::Invalid);
        assert_eq!(read(Http, b"HTTP/1.1 503 No\r\nContent-Length: 2\r\n\r\n17", true), Answer::Invalid);
    }
}
