//! Numbers in the bodies of a lane's frames: four bytes each, little endian.

/// How many bytes a number takes.
pub(super) const NUMBER: usize = 4;

/// Appends numbers.
pub(super) fn write<const N: usize>(bytes: &mut Vec<u8>, numbers: [u32; N]) {
    bytes.extend_from_slice(numbers.map(u32::to_le_bytes).as_flattened());
}

/// A body that has so many numbers and nothing else.
pub(super) fn numbers<const N: usize>(body: &[u8]) -> Option<[u32; N]> {
    let (chunks, []) = body.as_chunks::<NUMBER>() else { return None };
    let numbers: &[[u8; NUMBER]; N] = chunks.try_into().ok()?;
    Some(numbers.map(u32::from_le_bytes))
}

/// The number that a body begins with, and what follows.
pub(super) fn number(body: &[u8]) -> Option<(u32, &[u8])> {
    let (number, rest) = body.split_first_chunk::<NUMBER>()?;
    Some((u32::from_le_bytes(*number), rest))
}
