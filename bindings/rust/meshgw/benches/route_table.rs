//! What a look-up costs by the number of routes, and what building a table costs. Names
//! are those of benchmarks/route_table_benchmark.cc.

mod support;

use std::hint::black_box;

use criterion::{criterion_group, criterion_main, Criterion};
use meshgw::{Cluster, Endpoint, Routes, RoutesBuilder};
use support::Random;

const TAIL: &str = ".internal.11111111-2222-3333-4444-555555555555.consul";

fn service(i: usize) -> String {
    format!("service-{i}.default.dc1{TAIL}")
}

fn datacenter(i: usize) -> String {
    format!("dc-{i}{TAIL}")
}

fn build(exact: usize, suffixes: usize) -> Routes {
    let mut builder = RoutesBuilder::new().unwrap();
    let one = |name: &str| Cluster::new(name).endpoint(Endpoint::new("192.0.2.1", 443));
    for name in (0..exact).map(service) {
        builder.add_cluster(&one(&name)).unwrap().exact(&name, &name).unwrap();
    }
    for name in (0..suffixes).map(datacenter) {
        builder.add_cluster(&one(&name)).unwrap();
        builder.suffix(&format!("*.{name}"), &name).unwrap();
    }
    builder.build().unwrap()
}

fn random_names(routes: usize, wanted: usize, make: impl Fn(usize) -> String) -> Vec<String> {
    let mut random = Random(1);
    (0..wanted).map(|_| make(random.below(routes))).collect()
}

fn in_turn(c: &mut Criterion, id: &str, table: &Routes, names: &[String]) {
    let mut next = 0;
    c.bench_function(id, |b| {
        b.iter(|| {
            assert!(black_box(table.lookup(black_box(&names[next]))).is_some());
            next = if next + 1 == names.len() { 0 } else { next + 1 };
        });
    });
}

fn lookups(c: &mut Criterion) {
    for (routes, names) in [(10, 1), (1000, 1), (100_000, 1), (100_000, 1000), (100_000, 100_000)] {
        let table = build(routes, 10);
        let id = format!("BM_Exact/routes:{routes}/names:{names}");
        in_turn(c, &id, &table, &random_names(routes, names, service));
    }
    for (routes, names) in [(10, 1), (1000, 1), (100_000, 1), (100_000, 1000)] {
        let table = build(10, routes);
        let id = format!("BM_Suffix/routes:{routes}/names:{names}");
        let name = |i| format!("v2.api.default.{}", datacenter(i));
        in_turn(c, &id, &table, &random_names(routes, names, name));
    }
}

fn misses(c: &mut Criterion) {
    let table = build(100_000, 1000);
    let name = format!("unknown.default.dc-none{TAIL}");
    c.bench_function("BM_Miss/routes:100000", |b| {
        b.iter(|| black_box(table.lookup(black_box(&name))));
    });

    let mut builder = RoutesBuilder::new().unwrap();
    builder.add_cluster(&Cluster::new("c").endpoint(Endpoint::new("192.0.2.1", 443))).unwrap();
    let mut suffix = "b".to_owned();
    while suffix.len() < 252 {
        builder.suffix(&format!("*.{suffix}"), "c").unwrap();
        suffix.push_str(".b");
    }
    let table = builder.build().unwrap();
    let name = ["a"; 127].join(".");
    c.bench_function("BM_MissAtEveryLabel", |b| {
        b.iter(|| black_box(table.lookup(black_box(&name))));
    });
}

fn building(c: &mut Criterion) {
    let mut group = c.benchmark_group("BM_Build");
    group.sample_size(10);
    for routes in [1000, 100_000] {
        group.bench_function(format!("routes:{routes}"), |b| b.iter(|| build(routes, 10)));
    }
    group.finish();
}

criterion_group!(benches, lookups, misses, building);
criterion_main!(benches);
