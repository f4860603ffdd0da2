//! Lists as they are on the wire. Nothing here calls the library: Miri runs it.

use std::io::IoSlice;

/// Cuts `count` bytes off the front.
fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    if rest.len() < count {
        return None;
    }
    let (front, behind) = rest.split_at(count);
    *rest = behind;
    Some(front)
}

fn take_u16(rest: &mut &[u8]) -> Option<u16> {
    take(rest, 2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
}

/// What stands behind a 16-bit length.
fn take_vector<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = take_u16(rest)?;
    take(rest, usize::from(length))
}

/// An iterator over 16-bit values: versions, groups, cipher suites, algorithms.
#[derive(Clone, Debug)]
pub struct U16s<'a>(pub(crate) &'a [u8]);

impl Iterator for U16s<'_> {
    type Item = u16;

    fn next(&mut self) -> Option<u16> {
        take_u16(&mut self.0)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.0.len() / 2, Some(self.0.len() / 2))
    }
}

impl ExactSizeIterator for U16s<'_> {}

/// An iterator over the protocol names of ALPN, in the client's order.
#[derive(Clone, Debug)]
pub struct Alpn<'a>(pub(crate) &'a [u8]);

impl<'a> Iterator for Alpn<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let length = take(&mut self.0, 1)?[0];
        take(&mut self.0, usize::from(length))
    }
}

/// An iterator over key shares: the group, and the share itself.
#[derive(Clone, Debug)]
pub struct KeyShares<'a>(pub(crate) &'a [u8]);

impl<'a> Iterator for KeyShares<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<(u16, &'a [u8])> {
        let group = take_u16(&mut self.0)?;
        Some((group, take_vector(&mut self.0)?))
    }
}

/// An iterator over extensions: the type, and the body.
#[derive(Clone, Debug)]
pub struct Extensions<'a>(pub(crate) &'a [u8]);

impl<'a> Iterator for Extensions<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<(u16, &'a [u8])> {
        let kind = take_u16(&mut self.0)?;
        Some((kind, take_vector(&mut self.0)?))
    }
}

/// `length` bytes that begin `offset` bytes into `buffers` and lie in one of them.
pub(crate) fn in_one_buffer<'a>(
    buffers: &'a [IoSlice<'a>],
    mut offset: usize,
    length: usize,
) -> Option<&'a [u8]> {
    for buffer in buffers {
        if offset < buffer.len() {
            return buffer.get(offset..offset.checked_add(length)?);
        }
        offset -= buffer.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_in_order() {
        assert_eq!(U16s(&[3, 4, 3, 3]).collect::<Vec<_>>(), [0x0304, 0x0303]);
        assert_eq!(U16s(&[3, 4, 3, 3]).len(), 2);
        let names: Vec<_> = Alpn(b"\x02h2\x08http/1.1").collect();
        assert_eq!(names, [&b"h2"[..], b"http/1.1"]);
        let shares: Vec<_> = KeyShares(&[0, 29, 0, 2, 7, 8, 0, 23, 0, 0]).collect();
        assert_eq!(shares, [(29, &[7, 8][..]), (23, &[][..])]);
        let extensions: Vec<_> = Extensions(&[0, 23, 0, 0, 0, 43, 0, 1, 9]).collect();
        assert_eq!(extensions, [(23, &[][..]), (43, &[9][..])]);
    }

    #[test]
    fn a_list_that_is_cut_ends_early() {
        assert_eq!(U16s(&[3]).count(), 0);
        assert_eq!(Alpn(b"\x03h2").count(), 0);
        assert_eq!(Alpn(b"").count(), 0);
        assert_eq!(KeyShares(&[0, 29, 0, 3, 7]).count(), 0);
        assert_eq!(Extensions(&[0, 23, 0]).count(), 0);
    }

    #[test]
    fn bytes_are_found_in_the_buffer_that_holds_them() {
        let buffers = [IoSlice::new(b"abc"), IoSlice::new(b""), IoSlice::new(b"defg")];
        assert_eq!(in_one_buffer(&buffers, 1, 2), Some(&b"bc"[..]));
        assert_eq!(in_one_buffer(&buffers, 3, 4), Some(&b"defg"[..]));
        assert_eq!(in_one_buffer(&buffers, 2, 2), None);
        assert_eq!(in_one_buffer(&buffers, 7, 0), None);
        assert_eq!(in_one_buffer(&buffers, 4, usize::MAX), None);
        assert_eq!(in_one_buffer(&[], 0, 1), None);
    }
}
