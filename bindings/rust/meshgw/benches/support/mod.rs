//! The inputs of benchmarks/client_hello_benchmark.cc, and random numbers.
#![allow(dead_code)]

/// Numbers that are the same in every run.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}

/// What real clients sent: the name of each, and its hello.
pub fn captured() -> Vec<(String, Vec<u8>)> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../testdata/vectors/hello.json");
    let text = std::fs::read_to_string(path).expect("the vectors");
    let vectors: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let by_client = vectors.as_array().expect("a list").iter();
    by_client
        .filter(|vector| vector["client"] != "")
        .map(|vector| {
            let hex = vector["hex"].as_str().expect("hex");
            let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex digits");
            let name = vector["name"].as_str().expect("a name").to_owned();
            (name, (0..hex.len()).step_by(2).map(byte).collect())
        })
        .collect()
}

pub fn captured_by(name: &str) -> Vec<u8> {
    captured().into_iter().find(|hello| hello.0 == name).expect("such a vector").1
}

fn u16s(values: &[u16]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_be_bytes()).collect()
}

fn with_length(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u16).to_be_bytes()[..], bytes].concat()
}

/// A hello in one record, of these parts.
pub fn hello(session_id: &[u8], suites: &[u16], extensions: &[(u16, Vec<u8>)]) -> Vec<u8> {
    let mut block = Vec::new();
    for (kind, body) in extensions {
        block.extend(kind.to_be_bytes());
        block.extend(with_length(body));
    }
    let mut body = vec![3, 3];
    body.extend([0x5a; 32]);
    body.push(session_id.len() as u8);
    body.extend(session_id);
    body.extend(with_length(&u16s(suites)));
    body.extend([1, 0]);
    body.extend(with_length(&block));
    let mut message = vec![1, 0];
    message.extend(with_length(&body));
    records(&message, &[message.len()])
}

/// `message` in records of those sizes, the rest in one more.
pub fn records(message: &[u8], sizes: &[usize]) -> Vec<u8> {
    let (mut out, mut rest) = (Vec::new(), message);
    for size in sizes.iter().copied().chain([usize::MAX]) {
        let (record, behind) = rest.split_at(size.min(rest.len()));
        rest = behind;
        if !record.is_empty() {
            out.extend([0x16, 3, 1]);
            out.extend(with_length(record));
        }
    }
    out
}

/// A Chromium-like hello of about 1.8 KB: GREASE, ECH, post-quantum share.
pub fn post_quantum() -> Vec<u8> {
    let name = b"www.example-of-a-usual-length.com";
    let server_name = with_length(&[&[0][..], &with_length(name)].concat());
    let ech = [&[0, 0, 1, 0, 1, 7, 0, 32][..], &[0x33; 32], &with_length(&[0x44; 208])].concat();
    let algorithms = [0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601];
    let shares: Vec<u8> = [(0x4a4a, 1), (0x11ec, 1216), (0x001d, 32)]
        .iter()
        .flat_map(|&(group, length)| [u16s(&[group]), with_length(&vec![0x55; length])].concat())
        .collect();
    hello(
        &[0x77; 32],
        &[
            0x1a1a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013,
            0xc014, 0x009c, 0x009d, 0x002f, 0x0035,
        ],
        &[
            (0x2a2a, vec![]),
            (35, vec![]),
            (43, [&[6][..], &u16s(&[0x3a3a, 0x0304, 0x0303])].concat()),
            (27, vec![2, 0, 2]),
            (13, with_length(&u16s(&algorithms))),
            (0xfe0d, ech),
            (10, with_length(&u16s(&[0x4a4a, 0x11ec, 0x001d, 0x0017, 0x0018]))),
            (0x44cd, vec![0, 3, 2, b'h', b'2']),
            (5, vec![1, 0, 0, 0, 0]),
            (0xff01, vec![0]),
            (0, server_name),
            (18, vec![]),
            (11, vec![1, 0]),
            (51, with_length(&shares)),
            (45, vec![1, 1]),
            (16, with_length(b"\x02h2\x08http/1.1")),
            (23, vec![]),
            (0x5a5a, vec![0]),
        ],
    )
}

pub fn extension_flood() -> Vec<u8> {
    let extensions: Vec<_> = (100..4000).map(|kind| (kind, Vec::new())).collect();
    hello(&[], &[0x1301], &extensions)
}
