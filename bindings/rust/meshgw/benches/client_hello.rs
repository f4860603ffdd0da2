//! What reading a hello costs. Names are those of benchmarks/client_hello_benchmark.cc;
//! what ends in `Sys` is the same call of the C API without the safe layer, in the same
//! run, and `Inspect` fills in all that the C++ parser does.

mod support;

use std::hint::black_box;
use std::ptr;

use criterion::{criterion_group, criterion_main, Criterion, Throughput};
use meshgw::{read_hello, read_hello_with, HelloReader, Inspection, Inspector, Scan};
use meshgw_sys as sys;
use support::{captured, captured_by, extension_flood, post_quantum, records, Random};

fn inputs() -> [(&'static str, Vec<u8>); 4] {
    [
        ("openssl_391", captured_by("openssl_mesh_alpn")),
        ("curl_517", captured_by("curl_h2")),
        ("go_pq_1525", captured_by("go_post_quantum")),
        ("chromium_like_pq", post_quantum()),
    ]
}

fn parse(bytes: &[u8]) {
    let scan = read_hello(black_box(bytes));
    assert!(matches!(black_box(scan), Ok(Scan::Complete(_))));
}

fn parse_sys(bytes: &[u8]) {
    let bytes = black_box(bytes);
    // SAFETY: the slice is valid for its length.
    let hello = unsafe { sys::meshgw_hello_scan(bytes.as_ptr(), bytes.len(), ptr::null_mut(), 0) };
    assert!(black_box(hello).status == sys::MESHGW_OK);
}

fn inspect(inspector: &mut Inspector, bytes: &[u8]) {
    let inspection = inspector.inspect(black_box(bytes));
    assert!(matches!(black_box(inspection), Ok(Inspection::Complete(_))));
}

fn hot(c: &mut Criterion) {
    let mut inspector = Inspector::new();
    for (i, (label, bytes)) in inputs().iter().enumerate() {
        c.bench_function(&format!("BM_Hot/{i} {label}"), |b| b.iter(|| parse(bytes)));
        c.bench_function(&format!("BM_HotSys/{i} {label}"), |b| b.iter(|| parse_sys(bytes)));
        c.bench_function(&format!("BM_HotInspect/{i} {label}"), |b| {
            b.iter(|| inspect(&mut inspector, bytes));
        });
    }
}

fn mix(c: &mut Criterion) {
    let captured = captured();
    let mut random = Random(1);
    let mix: Vec<&[u8]> =
        (0..1 << 13).map(|_| &*captured[random.below(captured.len())].1).collect();
    let mut i = 0;
    let mut next = || {
        i = (i + 1) & (mix.len() - 1);
        mix[i]
    };
    let mut inspector = Inspector::new();
    c.bench_function("BM_Mix", |b| b.iter(|| parse(next())));
    c.bench_function("BM_MixSys", |b| b.iter(|| parse_sys(next())));
    c.bench_function("BM_MixInspect", |b| b.iter(|| inspect(&mut inspector, next())));
}

fn arriving(c: &mut Criterion) {
    let whole = post_quantum();
    let cut = &whole[..whole.len() - 1];
    let mut reader = HelloReader::new();
    c.bench_function("BM_UselessWakeUp", |b| {
        b.iter(|| assert!(black_box(reader.feed(black_box(cut))).is_ok()));
    });
    let two = records(&whole[5..], &[900]);
    let mut scratch = vec![0; meshgw::HELLO_SCRATCH_BYTES];
    c.bench_function("BM_TwoRecords", |b| {
        b.iter(|| assert!(black_box(read_hello_with(black_box(&two), &mut scratch)).is_ok()));
    });
    let curl = captured_by("curl_h2");
    let bytes = records(&curl[5..], &vec![1; curl.len()]);
    let mut group = c.benchmark_group("BM_OneByteRecordsAndReads");
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    let mut reader = HelloReader::new();
    group.bench_function("all", |b| {
        b.iter(|| {
            reader.reset();
            for end in 1..=bytes.len() {
                assert!(reader.feed(&bytes[..end]).is_ok());
            }
        });
    });
    group.finish();
}

fn rest(c: &mut Criterion) {
    let flood = extension_flood();
    c.bench_function("BM_ExtensionFlood", |b| b.iter(|| parse(&flood)));
    let bytes = post_quantum();
    let mut inspector = Inspector::new();
    // Reads the hello twice, as it starts from bytes; the C++ one starts from a hello.
    c.bench_function("BM_Ja4", |b| b.iter(|| black_box(inspector.ja4(&bytes)).unwrap()));
}

criterion_group!(benches, hot, mix, arriving, rest);
criterion_main!(benches);
