// Made by update-bindings from meshgw.h; do not edit.
structs! {
    meshgw_str: data, len;
    meshgw_bytes: data, len;
    meshgw_error_detail: struct_size, file, line, column, what, expected;
    meshgw_hello: status, server_name_offset, position, server_name_len, reason, flags;
    meshgw_hello_options: struct_size, max_message_bytes, max_records, allow_trailing_dot, allow_ip_address, allow_opaque, allow_empty_records, reserved;
    meshgw_hello_state: opaque;
    meshgw_hello_details: struct_size, hello, legacy_version, extension_count, records, reserved, server_name, alpn, supported_versions, supported_groups, signature_algorithms, key_shares, cipher_suites, session_id, extensions, message;
    meshgw_name_parts: struct_size, kind, reserved, subset, service, name_space, partition, datacenter, peer, node, trust_domain;
    meshgw_mode_layers: struct_size, upstream, upstream_override, proxy_instance, upstream_defaults, service_defaults, proxy_defaults, destination_defaults, reserved;
    meshgw_mode_target: struct_size, source_datacenter, source_partition, datacenter, partition, peer, has_external_sni, is_prepared_query;
    meshgw_mode_decision: mode, source, veto, dial, applies, wan_address, none_taken_as_remote, reserved;
    meshgw_mode_layer: struct_size, source, value, considered, won, reserved, line, column, reserved2, file, why;
    meshgw_endpoint: struct_size, address, id, port, weight, health, priority;
    meshgw_cluster: struct_size, name, service, datacenter, endpoints, endpoint_count, failover, failover_count, kind, load_balancing, connect_timeout_ms, max_connections;
    meshgw_route_match: kind, cluster;
    meshgw_route: struct_size, kind, cluster, match_, cluster_name, origin;
    meshgw_route_candidate: struct_size, kind, matched, won, reserved, match_, cluster_name, why;
    meshgw_config_file: struct_size, name, contents, format, reserved;
    meshgw_upstream_query: struct_size, datacenter, service, upstream, upstream_datacenter, proxy_id, rules, reserved;
    meshgw_upstream_target: struct_size, source_datacenter, datacenter, service, server_name;
    meshgw_upstream_failover: struct_size, datacenter, partition, service, subset, peer, server_name, decision, reserved, dial_count;
    meshgw_splice_state: end, error, bytes_to_server, bytes_to_client, spliced_bytes, client_fin, server_fin, pending, reserved;
    meshgw_splice_options: struct_size, max_kept_bytes, copy_bytes, pipe_bytes, max_pipes, reserved;
    meshgw_splice_result: tag, state;
    meshgw_gateway_options: struct_size, workers, max_connections, max_pending_hellos, hello_timeout_ms, idle_timeout_ms, half_closed_timeout_ms, max_connect_attempts, max_pipes, max_hello_buffer_bytes, max_kept_bytes, dns_refresh_s, max_events, route_without_server_name, route_not_tls, reserved, hello;
    meshgw_gateway_stats: struct_size, accepted, active, pending_hellos, bytes_in, bytes_out, spliced_bytes, connect_failures, accept_pauses, shed_hellos, hello_memory_sheds, pipe_limit_hits, pipes_open, pipes_taken_back, kept_bytes, kept_limit_hits, ejections, post_quantum, ech, events_dropped, by_reason, by_verdict, by_route_kind;
    meshgw_event: kind, level, time_ns, message, connection, listener, source, server_name, rule, cluster, service, datacenter, endpoint, alpn, tls_versions, connect_us, first_byte_us, duration_us, bytes_in, bytes_out, spliced_bytes, hello_bytes, hello_records, verdict, hello_reason, route_kind, attempts, reason, error, closed_by, post_quantum, ech, reserved;
}
