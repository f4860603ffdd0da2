//! The vectors that the tests of every language read.

mod support;

use std::io::IoSlice;

use meshgw::{
    inspect, read_hello, read_hello_with, Config, Ech, HelloDetails, HelloError, HelloOptions,
    HelloReader, Inspection, Inspector, MeshName, Mode, ModeLayers, ModeTarget, Rules, Scan,
    Status,
};
use serde_json::Value;
use support::{from_hex, vectors};

const SCRATCH: usize = 131_400;

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("{key} of {value}"))
}

fn limits(vector: &Value) -> HelloOptions {
    let mut options = HelloOptions::default();
    if let Some(limits) = vector.get("limits") {
        let number = |key: &str| limits[key].as_u64().expect("a number") as u32;
        options.max_message_bytes = number("max_message_bytes");
        options.max_records = number("max_records").try_into().expect("16 bits");
    }
    options
}

fn check_error(vector: &Value, error: HelloError) {
    let name = text(vector, "name");
    assert_eq!(error.kind.as_str(), text(vector, "verdict"), "{name}");
    assert_eq!(error.reason.as_str(), text(vector, "reason"), "{name}");
    assert_eq!(error.offset as u64, vector["offset"].as_u64().unwrap(), "{name}");
}

fn check_scan(vector: &Value, scan: Result<Scan<'_>, HelloError>) {
    let name = text(vector, "name");
    match scan {
        Ok(Scan::Incomplete { need }) => {
            assert_eq!(text(vector, "verdict"), "need_more", "{name}");
            assert!(need > text(vector, "hex").len() / 2, "{name}");
        }
        Ok(Scan::Complete(hello)) => {
            assert_eq!(text(vector, "verdict"), "hello", "{name}");
            assert_eq!(hello.server_name_str(), vector["server_name"].as_str(), "{name}");
            assert_eq!(hello.wire_len() as u64, vector["bytes"].as_u64().unwrap(), "{name}");
            assert_eq!(hello.is_post_quantum(), vector["post_quantum"].as_bool().unwrap());
            assert_eq!(hello.has_early_data(), vector["early_data"].as_bool().unwrap());
            let ech = match text(vector, "ech") {
                "none" => Ech::None,
                "outer" => Ech::Outer,
                "inner" => Ech::Inner,
                other => panic!("{other}"),
            };
            assert_eq!(hello.ech(), ech, "{name}");
        }
        Err(error) => check_error(vector, error),
    }
}

fn check_details(vector: &Value, details: &HelloDetails<'_>) {
    let name = text(vector, "name");
    check_scan(vector, Ok(Scan::Complete(details.hello().clone())));
    let alpn: Vec<_> = details.alpn().map(String::from_utf8_lossy).collect();
    assert_eq!(Value::from(alpn), vector["alpn"], "{name}");
    let versions: Vec<_> = details.supported_versions().collect();
    assert_eq!(Value::from(versions), vector["versions"], "{name}");
    assert_eq!(details.records() as u64, vector["records"].as_u64().unwrap(), "{name}");
    assert_eq!(details.extensions().count(), details.extension_count(), "{name}");
    assert!(details.cipher_suites().len() > 0, "{name}");
    assert_eq!(details.message()[0], 1, "{name}");
    // Each share is for a group that is offered, where the client offers any.
    let groups: Vec<_> = details.supported_groups().collect();
    assert!(details.key_shares().all(|(group, _)| groups.contains(&group)), "{name}");
}

fn hello_vectors() -> Vec<(Value, Vec<u8>)> {
    let file = vectors("hello.json");
    let rows = file.as_array().expect("a list");
    assert!(rows.len() > 80, "only {} vectors", rows.len());
    rows.iter().map(|row| (row.clone(), from_hex(text(row, "hex")))).collect()
}

#[test]
fn every_hello_gives_the_verdict_that_its_vector_names() {
    let mut scratch = vec![0; SCRATCH];
    for (vector, bytes) in hello_vectors() {
        if vector.get("limits").is_none() {
            check_scan(&vector, read_hello(&bytes));
            check_scan(&vector, read_hello_with(&bytes, &mut scratch));
        }
        check_scan(&vector, HelloReader::with_options(&limits(&vector)).feed(&bytes));
    }
}

#[test]
fn hellos_that_arrive_byte_by_byte_give_the_same_verdict() {
    for (vector, bytes) in hello_vectors() {
        let mut reader = HelloReader::with_options(&limits(&vector));
        for end in 0..bytes.len() {
            let _ = reader.feed(&bytes[..end]);
        }
        check_scan(&vector, reader.feed(&bytes));
        // A verdict is repeated, and forgotten by reset.
        check_scan(&vector, reader.feed(&bytes));
        reader.reset();
        check_scan(&vector, reader.feed(&bytes));
    }
}

#[test]
fn hellos_in_several_buffers_give_the_same_verdict() {
    for (vector, bytes) in hello_vectors() {
        for size in [1, 7, 64] {
            let buffers: Vec<_> = bytes.chunks(size).map(IoSlice::new).collect();
            let mut reader = HelloReader::with_options(&limits(&vector));
            check_scan(&vector, reader.feed_buffers(&buffers));
        }
    }
}

#[test]
fn hellos_are_inspected_in_full() {
    let mut scratch = vec![0; SCRATCH];
    for (vector, bytes) in hello_vectors() {
        let mut inspector = Inspector::with_options(&limits(&vector));
        let check = |inspection| match inspection {
            Ok(Inspection::Complete(details)) => check_details(&vector, &details),
            Ok(Inspection::Incomplete { .. }) => assert_eq!(text(&vector, "verdict"), "need_more"),
            Err(error) => check_error(&vector, error),
        };
        check(inspector.inspect(&bytes));
        if vector.get("limits").is_none() {
            check(inspect(&bytes, &mut scratch));
        }
        match inspector.ja4(&bytes) {
            Ok(Some(ja4)) => assert_eq!(ja4.as_str(), text(&vector, "ja4")),
            Ok(None) => assert_eq!(text(&vector, "verdict"), "need_more"),
            Err(error) => check_error(&vector, error),
        }
    }
}

#[test]
fn names_are_taken_apart_and_put_together() {
    let file = vectors("names.json");
    for row in file["names"].as_array().expect("names") {
        let name: MeshName = text(row, "text").parse().unwrap_or_else(|e| panic!("{row}: {e}"));
        assert_eq!(name.kind.as_str(), text(row, "kind"));
        // Parts that the form does not have are left out.
        for (part, wanted) in row["parts"].as_object().expect("parts") {
            let found = match &**part {
                "subset" => &name.subset,
                "service" => &name.service,
                "namespace" => &name.namespace,
                "partition" => &name.partition,
                "datacenter" => &name.datacenter,
                "peer" => &name.peer,
                "node" => &name.node,
                "trust_domain" => &name.trust_domain,
                other => panic!("{other}"),
            };
            assert_eq!(found, wanted, "{part} of {row}");
        }
        assert_eq!(name.format().unwrap(), text(row, "text"));
    }
    for row in file["spellings"].as_array().expect("spellings") {
        let name = MeshName::parse(text(row, "text")).unwrap();
        assert_eq!(name.format().unwrap(), text(row, "canonical"));
    }
    for row in file["refused"].as_array().expect("refused") {
        let error = MeshName::parse(text(row, "text")).expect_err("refused");
        assert_eq!(error.status(), Status::InvalidArgument, "{row}");
        assert!(!error.message().is_empty());
    }
}

fn layers_of(row: &Value) -> ModeLayers {
    let mode = |key: &str| match row["layers"].get(key) {
        None => Mode::Default,
        Some(mode) => mode.as_str().unwrap().parse().unwrap(),
    };
    ModeLayers {
        upstream: mode("upstream"),
        upstream_override: mode("upstream_override"),
        proxy_instance: mode("service_instance"),
        upstream_defaults: mode("upstream_defaults"),
        service_defaults: mode("service_defaults"),
        proxy_defaults: mode("proxy_defaults"),
        destination_defaults: mode("destination_service_defaults"),
    }
}

#[test]
fn modes_are_resolved_and_explained() {
    let file = vectors("modes.json");
    for row in file["modes"].as_array().expect("modes") {
        let of = |key: &str| row["target"][key].as_str().unwrap_or_default();
        let is = |key: &str| row["target"][key].as_bool().unwrap_or_default();
        let target = ModeTarget {
            source_datacenter: of("source_datacenter"),
            source_partition: of("source_partition"),
            datacenter: of("datacenter"),
            partition: of("partition"),
            peer: of("peer"),
            has_external_sni: is("has_external_sni"),
            is_prepared_query: is("is_prepared_query"),
        };
        let rules = match text(row, "rules") {
            "latest" => Rules::Latest,
            "v1.6" => Rules::V1_6,
            other => panic!("{other}"),
        };
        let layers = layers_of(row);
        let decision = layers.resolve(&target, rules).unwrap();
        let (want, name) = (&row["want"], text(row, "name"));
        assert_eq!(decision.mode.as_str(), text(want, "mode"), "{name}");
        assert_eq!(decision.source.as_str(), text(want, "source"), "{name}");
        assert_eq!(decision.dial.as_str(), text(want, "dial"), "{name}");
        assert_eq!(decision.veto.as_str(), text(want, "veto"), "{name}");
        assert_eq!(decision.applies, want["applies"].as_bool().unwrap(), "{name}");
        assert_eq!(decision.wan_address, want["wan_address"].as_bool().unwrap(), "{name}");

        let explanation = layers.explain(&target, rules).unwrap();
        assert_eq!(explanation.decision, decision, "{name}");
        assert!(!explanation.summary.is_empty());
        let winners = explanation.layers.iter().filter(|layer| layer.won);
        for winner in winners {
            assert_eq!((winner.source, winner.value), (decision.source, decision.mode), "{name}");
        }
    }
}

#[test]
fn every_mistake_in_a_file_is_found_where_it_is() {
    let file = vectors("config.json");
    for row in file["files"].as_array().expect("files") {
        let wanted = row["errors"].as_array().expect("errors");
        match Config::parse_text(text(row, "file"), text(row, "text")) {
            Ok(_) => assert!(wanted.is_empty(), "{row}"),
            Err(error) => {
                assert_eq!(error.status(), Status::InvalidArgument);
                assert_eq!(error.details().len(), wanted.len(), "{row}: {error:?}");
                for (detail, wanted) in error.details().iter().zip(wanted) {
                    assert_eq!(detail.file, text(row, "file"));
                    assert_eq!(u64::from(detail.line), wanted["line"].as_u64().unwrap(), "{row}");
                    let column = wanted["column"].as_u64().unwrap();
                    assert_eq!(u64::from(detail.column), column, "{row}");
                    assert!(detail.what.contains(text(wanted, "what")), "{}", detail.what);
                }
            }
        }
    }
}
