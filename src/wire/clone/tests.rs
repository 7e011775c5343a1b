use super::*;
use crate::random::Random;

/// What `append` makes of a clone of version 15.
fn json(clone: &[u8]) -> Option<String> {
    let mut json = b"before".to_vec();
    let done = append(&[&[0xff, 15], clone].concat(), &mut json);
    let appended = String::from_utf8(json).unwrap().strip_prefix("before").unwrap().to_owned();
    assert!(done || appended.is_empty(), "what is refused leaves nothing behind");
    done.then_some(appended)
}

fn double(number: f64) -> Vec<u8> {
    [&b"N"[..], &number.to_ne_bytes()].concat()
}

/// A number below 16384.
fn varint(number: u32) -> [u8; 2] {
    [number & 0x7f | 0x80, number >> 7].map(|byte| u8::try_from(byte).unwrap())
}

fn wide(text: &[u16]) -> Vec<u8> {
    let length = u8::try_from(2 * text.len()).unwrap();
    let bytes = text.iter().flat_map(|unit| unit.to_ne_bytes());
    [b'c', length].into_iter().chain(bytes).collect()
}

/// Its form in a list.
fn prefixed(clone: &[u8]) -> Vec<u8> {
    [&u32::try_from(clone.len()).unwrap().to_le_bytes(), clone].concat()
}

/// Bytes as V8 wrote them, and the JSON.
fn understood() -> Vec<(Vec<u8>, &'static str)> {
    vec![
        (b"0".to_vec(), "null"),
        (b"T".to_vec(), "true"),
        (b"F".to_vec(), "false"),
        (b"I\x00".to_vec(), "0"),
        (b"I\x01".to_vec(), "-1"),
        (b"I\xff\xff\xff\xff\x0f".to_vec(), "-2147483648"),
        (b"I\xfe\xff\xff\xff\x0f".to_vec(), "2147483647"),
        (b"U\xff\xff\xff\xff\x0f".to_vec(), "4294967295"),
        (double(-0.0), "-0.0"),
        (double(12.5), "12.5"),
        (double(9_007_199_254_740_993.0), "9007199254740992.0"),
        (double(f64::MAX), "1.7976931348623157e+308"),
        (double(5e-324), "5e-324"),
        (b"\"\x00".to_vec(), r#""""#),
        (b"\"\x05a\"\\\n\x7f".to_vec(), "\"a\\u0022\\u005c\\u000a\x7f\""),
        (b"\"\x01\xfc".to_vec(), r#""ü""#),
        (wide(&[0x41f, 0x2028, 0xd83d, 0xde00]), "\"П\u{2028}😀\""),
        (wide(&[0xdc00, 0x61, 0xd800]), r#""\udc00a\ud800""#),
        (b"\0\0c\x02a\0".to_vec(), r#""a""#),
        (b"o{\x00".to_vec(), "{}"),
        (b"o\"\x02idI\x02\"\x01xo{\x00{\x02".to_vec(), r#"{"id":1,"x":{}}"#),
        (b"oI\x04T\"\x09__proto__0\0{\x02".to_vec(), r#"{"2":true,"__proto__":null}"#),
        (b"A\x00$\x00\x00".to_vec(), "[]"),
        (b"A\x02I\x02A\x00$\x00\x00$\x00\x02".to_vec(), "[1,[]]"),
        (b"a\x02I\x00TI\x02F@\x02\x02".to_vec(), "[true,false]"),
        (b"a\x00@\x00\x00".to_vec(), "[]"),
    ]
}

#[test]
fn what_json_can_say_is_said() {
    for (clone, expected) in understood() {
        assert_eq!(json(&clone).as_deref(), Some(expected), "{clone:?}");
    }
}

/// Some of these V8 refuses, and others are a value that JSON has no word for.
#[test]
fn everything_else_is_left_to_v8() {
    let refused: [&[u8]; 33] = [
        b"",
        b"\0",
        b"_",                                     // undefined
        b"-",                                     // a hole
        b"Z\x10\x00\x00\x00\x00\x00\x00\x00\x00", // a BigInt
        b"D\0\0\0\0\0\0\0\0",                     // a Date
        b";:\0",                                  // a Map
        b"\\\x00",                                // a host object
        b"^\x00",                                 // an object from before
        b"x",                                     // a Boolean object
        b"S\x01a",                                // a string in UTF-8
        b"TT",                                    // bytes behind it
        b"T\0",
        b"I",
        b"I\x80",
        b"I\xff\xff\xff\xff\x10", // more than 32 bits
        b"I\x80\x80\x80\x80\x80\x00",
        b"N\0\0\0\0\0\0\0",
        b"\"\x02a", // shorter than it says
        b"c\x01a",  // half a unit
        b"o",
        b"o{",
        b"o{\x01", // another count
        b"o\"\x01aT{\x00",
        b"oI\x01T{\x01",             // a negative key
        b"oN\0\0\0\0\0\0\0\0T{\x01", // a key with a fraction, or nearly
        b"oTT{\x01",
        b"A\x01T$\x01\x01", // properties that are not there
        b"A\x01T$\x00\x02", // another length
        b"A\x01T@\x00\x01", // another end
        b"A\x01-$\x00\x01",
        b"a\x02I\x02TI\x00F@\x02\x02", // another order
        b"a\x02I\x00T@\x01\x02",       // a hole
    ];
    for clone in refused {
        assert_eq!(json(clone), None, "{clone:?}");
    }
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(json(&double(number)), None);
    }
    for head in [&b""[..], b"\xff", b"T", b"\xfe\x0fT", b"\xff\x0cT", b"\xff\x10T", b"\xff\x8f\x00T"] {
        assert!(!append(head, &mut Vec::new()), "{head:?}");
    }
}

#[test]
fn a_key_that_is_there_twice_is_left_to_v8() {
    assert_eq!(json(b"o\"\x01aT\"\x01aF{\x02"), None);
    assert_eq!(json(b"o\"\x01aTc\x02a\0F{\x02"), None, "in the other alphabet");
    assert_eq!(json(b"o\"\x011TI\x02F{\x02"), None, "as an index");
    let twins = |count: u8, last: u8| {
        let mut clone = vec![b'o'];
        for letter in (b'a'..).take(usize::from(count)).chain([last]) {
            clone.extend([b'"', 1, letter, b'T']);
        }
        clone.extend([b'{', count + 1]);
        json(&clone)
    };
    for count in 1..=20 {
        assert!(twins(count, b'z').is_some(), "{count}");
        assert_eq!(twins(count, b'a'), None, "{count}");
        assert_eq!(twins(count, b'a' + count - 1), None, "{count}");
    }
    assert!(json(b"o\"\x01ao\"\x01aT{\x01\"\x01bo\"\x01aT{\x01{\x02").is_some(), "in another object");
}

#[test]
fn keys_that_come_again_are_the_same() {
    let object = |keys: &str| {
        let pairs: Vec<u8> = keys.bytes().flat_map(|key| [b'"', 1, key, b'o', b'{', 0]).collect();
        [&b"o"[..], &pairs, &[b'{', u8::try_from(keys.len()).unwrap()]].concat()
    };
    let array = |objects: &[&str]| {
        let count = u8::try_from(objects.len()).unwrap();
        let elements: Vec<u8> = objects.iter().flat_map(|keys| object(keys)).collect();
        json(&[&[b'A', count][..], &elements, &[b'$', 0, count]].concat())
    };
    let lists: [&[&str]; 6] = [
        &["ab", "ab", "ab"],
        &["abc", "ab", "abc", "a", ""],
        &["", "a", "ba", "ab"],
        &["abc", "axc", "abc", "xbc"],
        &["\"a", "\"a"],
        &["abcdefghijkl", "abcdefghijkl", "abcdefghijlk", "l"],
    ];
    for objects in lists {
        let text = |keys: &&str| {
            let pairs: Vec<_> = keys.chars().map(|key| format!("\"{key}\":{{}}")).collect();
            format!("{{{}}}", pairs.join(",")).replace("\"\"\"", r#""\u0022""#)
        };
        let expected: Vec<_> = objects.iter().map(text).collect();
        assert_eq!(array(objects), Some(format!("[{}]", expected.join(","))));
    }
    for objects in [&["ab", "aba"][..], &["ab", "aa"], &["abcdefghi", "abcdefghia"], &["ab", "ab", "aba"]] {
        assert_eq!(array(objects), None, "{objects:?}");
    }
}

#[test]
fn an_object_with_very_many_keys_is_left_to_v8() {
    let object = |count: u32| {
        let mut clone = vec![b'o'];
        for key in 0..count {
            clone.push(b'I');
            clone.extend(varint(key << 1));
            clone.push(b'T');
        }
        clone.push(b'{');
        clone.extend(varint(count));
        json(&clone)
    };
    assert!(object(1024).is_some());
    assert_eq!(object(1025), None);
}

#[test]
fn depth_and_length_are_bounded() {
    let nested = |depth: usize| [b"A\x01".repeat(depth), b"T".to_vec(), b"$\x00\x01".repeat(depth)].concat();
    assert!(json(&nested(DEPTH)).is_some());
    assert_eq!(json(&nested(DEPTH + 1)), None);
    assert_eq!(json(&b"A\x01".repeat(1_000_000)), None);

    assert_eq!(LONG_STRING, 1024);
    assert!(json(&[&b"\"\x80\x08"[..], &[b'x'; 1024]].concat()).is_some());
    assert_eq!(json(&[&b"\"\x81\x08"[..], &[b'x'; 1025]].concat()), None);

    let long = [&[0xff, 15][..], &vec![0; LIMIT - 3], b"T"].concat();
    assert!(append(&long, &mut Vec::new()));
    assert!(!append(&[&long[..2], &[0], &long[2..]].concat(), &mut Vec::new()));
    assert!(append_list(&prefixed(&[&long[..2], &long[6..]].concat()), &mut Vec::new()));
    assert!(!append_list(&prefixed(&long), &mut Vec::new()));
    // An array that says it is long costs nothing.
    assert_eq!(json(b"A\xff\xff\xff\xff\x0fT$\x00\x01"), None);
}

#[test]
fn a_list_becomes_an_array() {
    let list = |clones: &[&[u8]]| {
        let mut json = Vec::new();
        let bytes: Vec<u8> = clones.iter().flat_map(|clone| prefixed(clone)).collect();
        let done = append_list(&bytes, &mut json);
        assert!(done || json.is_empty());
        done.then(|| String::from_utf8(json).unwrap())
    };
    assert_eq!(list(&[]).as_deref(), Some("[]"));
    assert_eq!(list(&[b"\xff\x0fT"]).as_deref(), Some("[true]"));
    assert_eq!(list(&[b"\xff\x0fT", b"\xff\x0d0"]).as_deref(), Some("[true,null]"));
    assert_eq!(list(&[b"\xff\x0fT", b"\xff\x0f_"]), None);
    assert_eq!(list(&[b"\xff\x0fT", b""]), None);
    for half in [&b"\x03"[..], b"\x04\0\0\0\xff\x0fT", b"\x03\0\0\0\xff\x0fT\0", b"\xff\xff\xff\xff\xff\x0fT"]
    {
        let mut json = b"before".to_vec();
        assert!(!append_list(half, &mut json), "{half:?}");
        assert_eq!(json, b"before");
    }
}

/// Whatever the bytes are, what comes out is JSON, and not longer than was promised.
#[test]
fn any_bytes_become_json_or_nothing() {
    const TAGS: &[u8] = b"\0\"cINUoAa{$@0TF_-^;\\\x01\x02\x03\x80\xff";
    let mut random = Random::new(11);
    let samples = understood();
    let mut figures = [0; 2];
    for _ in 0..200_000 {
        let mut clone = if random.below(2) == 0 {
            samples[random.below(samples.len())].0.clone()
        } else {
            (0..random.below(20)).map(|_| random.pick(TAGS).unwrap()).collect()
        };
        for _ in 0..random.below(3) {
            let at = random.below(clone.len() + 1);
            match random.below(3) {
                0 => clone.insert(at, random.byte()),
                1 => clone.insert(at, random.pick(TAGS).unwrap()),
                _ => clone.truncate(at),
            }
        }
        let json = json(&clone);
        figures[usize::from(json.is_some())] += 1;
        if let Some(json) = json {
            assert!(json.len() <= 6 * (clone.len() + 2), "{clone:?}");
            // Lone surrogates are JSON, though Rust has no string for them.
            let whole = json.replace("\\ud", "\\u0");
            serde_json::from_str::<serde_json::Value>(&whole)
                .unwrap_or_else(|error| panic!("{error}: {json}"));
        }
    }
    assert!(figures.iter().all(|count| *count > 10_000), "{figures:?}");
}
