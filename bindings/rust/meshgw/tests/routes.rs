//! Tables of routes, and catalogs that make them.

mod support;

use std::time::Duration;

use meshgw::{
    Catalog, Cluster, ClusterKind, Config, Endpoint, Format, Health, LoadBalancing, ModeVeto,
    RouteKind, Routes, RoutesBuilder, SpliceEnd, Status, UpstreamQuery,
};
use support::source_tree;

fn table() -> Routes {
    let mut builder = RoutesBuilder::new().unwrap();
    let mut main = Cluster::new("main").endpoint(Endpoint::new("192.0.2.1", 443));
    main.endpoints[0].health = Health::Unhealthy;
    main.endpoints[0].weight = 7;
    main.endpoints[0].id = "main-1".to_owned();
    main.failover = vec!["other".to_owned()];
    main.kind = ClusterKind::RemoteGateway;
    main.load_balancing = LoadBalancing::Maglev;
    main.connect_timeout = Duration::from_millis(250);
    main.max_connections = 9;
    builder.add_cluster(&main).unwrap();
    builder.add_cluster(&Cluster::new("other").endpoint(Endpoint::new("unix:/run/x", 0))).unwrap();
    builder.add(RouteKind::Exact, "a.example", "main", "file.hcl:3").unwrap();
    builder.suffix("*.a.example", "other").unwrap();
    builder.regex("b[0-9]+\\.example", "other").unwrap();
    builder.default_route("main").unwrap();
    builder.build().unwrap()
}

#[test]
fn the_first_rule_in_the_order_wins() {
    let routes = table();
    let rule = |name: &str| {
        let found = routes.lookup(name)?;
        Some((found.kind, routes.cluster(found.cluster)?.name().into_owned()))
    };
    assert_eq!(rule("A.example"), Some((RouteKind::Exact, "main".to_owned())));
    assert_eq!(rule("x.y.a.example."), Some((RouteKind::Suffix, "other".to_owned())));
    assert_eq!(rule("b12.example"), Some((RouteKind::Regex, "other".to_owned())));
    assert_eq!(rule("c.example"), Some((RouteKind::Default, "main".to_owned())));
    assert_eq!(RoutesBuilder::new().unwrap().build().unwrap().lookup("c.example"), None);
}

#[test]
fn a_table_shows_all_that_it_was_built_of() {
    let routes = table();
    let rules: Vec<_> = routes.rules().collect();
    let patterns: Vec<_> = rules.iter().map(|rule| &*rule.pattern).collect();
    assert_eq!(patterns, ["*.a.example", "a.example", "b[0-9]+\\.example", "*"]);
    assert_eq!(rules[1].origin, "file.hcl:3");
    assert_eq!(rules[1].cluster_name, "main");

    let main = routes.clusters().find(|cluster| cluster.name() == "main").unwrap();
    assert_eq!(main.kind(), ClusterKind::RemoteGateway);
    assert_eq!(main.load_balancing(), LoadBalancing::Maglev);
    assert_eq!(main.connect_timeout(), Duration::from_millis(250));
    assert_eq!(main.max_connections(), 9);
    let endpoint = main.endpoints().next().unwrap();
    assert_eq!((&*endpoint.address, endpoint.port, endpoint.weight), ("192.0.2.1", 443, 7));
    assert_eq!((&*endpoint.id, endpoint.health), ("main-1", Health::Unhealthy));
    let failover: Vec<_> = main.failover().map(|cluster| cluster.name().into_owned()).collect();
    assert_eq!(failover, ["other"]);
    assert!(routes.cluster(2).is_none());
}

#[test]
fn an_explanation_finds_what_a_lookup_finds() {
    let routes = table();
    for name in ["a.example", "x.a.example", "b1.example", "nothing"] {
        let explanation = routes.explain(name).unwrap();
        assert_eq!(explanation.found, routes.lookup(name), "{name}");
        assert_eq!(explanation.candidates.iter().filter(|at| at.won).count(), 1, "{name}");
        assert!(explanation.candidates.iter().all(|at| !at.why.is_empty()));
    }
}

#[test]
fn what_cannot_be_is_refused_by_name() {
    let mut builder = RoutesBuilder::new().unwrap();
    builder.add_cluster(&Cluster::new("c")).unwrap();
    let error = builder.add_cluster(&Cluster::new("c")).unwrap_err();
    assert_eq!(error.status(), Status::AlreadyExists);
    let no_port = Cluster::new("d").endpoint(Endpoint::new("192.0.2.1", 0));
    assert_eq!(builder.add_cluster(&no_port).unwrap_err().status(), Status::InvalidArgument);
    let error = builder.regex("(", "c").unwrap_err();
    assert_eq!(error.status(), Status::InvalidArgument);
    assert!(error.to_string().contains('('), "{error}");
    let error = builder.add(RouteKind::Unknown(77), "x", "c", "").unwrap_err();
    assert_eq!(error.status(), Status::InvalidArgument);
    builder.exact("x.example", "missing").unwrap();
    let error = builder.build().unwrap_err();
    assert_eq!(error.status(), Status::NotFound);
    assert!(error.message().contains("missing"), "{error}");
}

#[test]
fn a_catalog_gives_routes_and_explains_modes() {
    let catalog = Catalog::load(source_tree("examples/two-datacenters")).unwrap();
    assert_eq!(catalog.datacenters(), ["primary", "secondary"]);
    assert_eq!(catalog.primary(), "primary");
    let (routes, warnings) = catalog.routes("secondary", None).unwrap();
    assert!(routes.rules().len() > 0);
    assert!(warnings.iter().all(|line| !line.is_empty()));
    let error = catalog.routes("tertiary", None).unwrap_err();
    assert_eq!(error.status(), Status::NotFound);
    assert!(error.message().contains("tertiary"), "{error}");
    let query = UpstreamQuery { datacenter: "primary", service: "no-such", ..Default::default() };
    assert_eq!(catalog.explain_mode(&query).unwrap_err().status(), Status::NotFound);
}

#[test]
fn a_mode_of_a_catalog_comes_with_its_place() {
    let file = "datacenter = \"dc1\"\n\
        primary_datacenter = \"dc1\"\n\
        connect { ca_config { cluster_id = \"11111111-2222-3333-4444-555555555555\" } }\n\
        service {\n name = \"web\"\n port = 80\n connect { sidecar_service { proxy {\n\
        upstreams = [{ destination_name = \"db\", datacenter = \"dc2\", local_bind_port = 1,\n\
        mesh_gateway { mode = \"local\" } }] } } }\n}\n";
    let config = Config::parse_text("web.hcl", file).unwrap_or_else(|e| panic!("{e:?}"));
    assert_eq!(config.datacenter().as_deref(), Some("dc1"));
    let other = Config::parse_text("other.hcl", "datacenter = \"dc2\"").unwrap();
    let catalog = Catalog::new([&config, &other]).unwrap_or_else(|e| panic!("{e:?}"));
    let query =
        UpstreamQuery { datacenter: "dc1", service: "web", upstream: "db", ..Default::default() };
    let explanation = catalog.explain_mode(&query).unwrap_or_else(|e| panic!("{e:?}"));
    let won = explanation.layers.iter().find(|layer| layer.won).expect("a winner");
    assert_eq!(won.value, meshgw::Mode::Local);
    assert_eq!((&*won.file, won.line), ("web.hcl", 9));
}

#[test]
fn a_catalog_says_where_an_upstream_fails_over_to() {
    let dc1 = r#"
        datacenter = "dc1"
        connect { ca_config { cluster_id = "11111111-2222-3333-4444-555555555555" } }
        services = [{ name = "web" port = 1 address = "10.1.0.2" connect = { sidecar_service = {
          proxy = { upstreams = [{ destination_name = "api" local_bind_port = 2
            mesh_gateway = { mode = "remote" } }] } } } }]
        config_entries { bootstrap = [{ kind = "service-resolver" name = "api"
          failover = { "*" = { datacenters = ["dc2"] } } }] }
    "#;
    let dc2 = r#"
        datacenter = "dc2"
        primary_datacenter = "dc1"
        service { kind = "mesh-gateway" name = "gw" port = 8443 address = "10.2.0.1" }
    "#;
    let configs =
        [Config::parse_text("dc1.hcl", dc1).unwrap(), Config::parse_text("dc2.hcl", dc2).unwrap()];
    let catalog = Catalog::new(&configs).unwrap();
    let query = UpstreamQuery {
        datacenter: "dc1",
        service: "web",
        upstream: "api",
        ..UpstreamQuery::default()
    };
    let explained = catalog.explain_mode(&query).unwrap();
    assert_eq!(explained.failover.len(), 1);
    let next = &explained.failover[0];
    assert_eq!((&*next.datacenter, &*next.service, &*next.subset), ("dc2", "api", ""));
    assert!(next.server_name.starts_with("api.default.dc2.internal."));
    assert_eq!(next.decision.mode, meshgw::Mode::Remote);
    assert_eq!((&*next.dial[0].address, next.dial[0].port), ("10.2.0.1", 8443));
}

#[test]
fn a_catalog_says_what_is_dialled_and_what_of_it_has_no_effect() {
    let catalog = Catalog::load(source_tree("examples/two-datacenters")).unwrap();
    let query = UpstreamQuery {
        datacenter: "primary",
        service: "web",
        upstream: "api",
        ..UpstreamQuery::default()
    };
    let explained = catalog.explain_mode(&query).unwrap();
    assert_eq!(explained.target.source_datacenter, "primary");
    assert_eq!(explained.target.datacenter, "secondary");
    assert_eq!(explained.target.service, "api");
    assert!(explained.target.server_name.starts_with("api.default.secondary.internal."));
    assert!(explained.dial.iter().all(|endpoint| endpoint.port > 0) && !explained.dial.is_empty());

    assert!(explained.failover.is_empty());

    let text = r#"
        datacenter = "dc1"
        connect { ca_config { cluster_id = "11111111-2222-3333-4444-555555555555" } }
        config_entries { bootstrap = [
          { kind = "service-router" name = "web" },
          { kind = "service-resolver" name = "api" subsets = { v1 = { filter = "Service.Meta.v ==" } } }
        ] }
    "#;
    let config = Config::parse_text("a.hcl", text).unwrap();
    let catalog = Catalog::new([&config]).unwrap();
    for (config, catalog, line) in [
        (config.warnings(), catalog.warnings(), 5),
        (config.filter_errors(), catalog.filter_errors(), 6),
    ] {
        assert_eq!(config, catalog);
        assert_eq!(config.len(), 1, "{config:?}");
        assert_eq!((&*config[0].file, config[0].line), ("a.hcl", line));
    }
}

#[test]
fn enumerations_have_the_names_of_the_c_header() {
    assert_eq!(Health::Unhealthy.as_str(), "unhealthy");
    assert_eq!(ClusterKind::RemoteGateway.to_string(), "remote_gateway");
    assert_eq!(LoadBalancing::RoundRobin.to_string(), "round_robin");
    assert_eq!(ModeVeto::SameDatacenter.to_string(), "same_datacenter");
    assert_eq!(Format::Hcl.to_string(), "hcl");
    assert_eq!(SpliceEnd::Cancelled.to_string(), "cancelled");
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let error = Config::load("/no/such/folder").unwrap_err();
    assert_eq!(error.status(), Status::NotFound);
    assert!(error.message().contains("/no/such/folder"), "{error}");
    assert_eq!(std::io::Error::from(error).kind(), std::io::ErrorKind::NotFound);
}
