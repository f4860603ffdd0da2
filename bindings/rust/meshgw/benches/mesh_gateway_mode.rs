//! What the decision on one upstream's mode costs. Names are those of
//! benchmarks/mesh_gateway_mode_benchmark.cc.

mod support;

use std::hint::black_box;

use criterion::{criterion_group, criterion_main, Criterion};
use meshgw::{Mode, ModeLayers, ModeTarget, Rules};
use support::Random;

fn random_layers() -> Vec<ModeLayers> {
    let mut random = Random(7);
    // Most layers say nothing.
    let mut mode = || match random.below(2) * (1 + random.below(4)) {
        0 | 1 => Mode::Default,
        2 => Mode::None,
        3 => Mode::Local,
        _ => Mode::Remote,
    };
    (0..4096)
        .map(|_| ModeLayers {
            upstream: mode(),
            upstream_override: mode(),
            proxy_instance: mode(),
            upstream_defaults: mode(),
            service_defaults: mode(),
            proxy_defaults: mode(),
            destination_defaults: mode(),
        })
        .collect()
}

fn modes(c: &mut Criterion) {
    let layers = random_layers();
    let to = |datacenter| ModeTarget {
        source_datacenter: "primary",
        datacenter,
        ..ModeTarget::default()
    };
    let targets = [to("secondary"), to("primary")];
    let mut next = 0;
    for (i, rules) in [Rules::Latest, Rules::V1_6].into_iter().enumerate() {
        c.bench_function(&format!("BM_ResolveMode/v1_6:{i}"), |b| {
            b.iter(|| {
                next += 1;
                let target = &targets[next % 2];
                black_box(layers[next % layers.len()].resolve(target, rules)).unwrap()
            });
        });
    }
    c.bench_function("BM_ExplainMode", |b| {
        b.iter(|| {
            next += 1;
            let explanation = layers[next % layers.len()].explain(&targets[0], Rules::Latest);
            black_box(explanation).unwrap()
        });
    });
}

criterion_group!(benches, modes);
criterion_main!(benches);
