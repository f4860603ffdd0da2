/* The layout of every published struct: this compiles, or the ABI is broken. A
 * new field adds a line; no line ever changes. scripts/check-abi fails when a
 * field of meshgw.h has none. (abidiff alone, told that fields may be appended,
 * also takes a field that was widened.) */
#include "meshgw.h"

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define ASSERT(what) typedef char JOIN(frozen_, __COUNTER__)[(what) ? 1 : -1]
/* The struct never grows. */
#define FROZEN_SIZE(type, bytes) ASSERT(sizeof(type) == (bytes))
/* It does, at its end; this is its size in 0.1. */
#define SIZE_SINCE_0_1(type, bytes) ASSERT(sizeof(type) >= (bytes))
#define FROZEN(type, field, offset, bytes)   \
  ASSERT(offsetof(type, field) == (offset)); \
  ASSERT(sizeof(((type *)0)->field) == (bytes))

/* Targets whose pointers and size_t have 64 bits. */
#if UINTPTR_MAX == UINT64_MAX

FROZEN_SIZE(meshgw_str, 16);
FROZEN(meshgw_str, data, 0, 8);
FROZEN(meshgw_str, len, 8, 8);

FROZEN_SIZE(meshgw_bytes, 16);
FROZEN(meshgw_bytes, data, 0, 8);
FROZEN(meshgw_bytes, len, 8, 8);

SIZE_SINCE_0_1(meshgw_error_detail, 64);
FROZEN(meshgw_error_detail, struct_size, 0, 8);
FROZEN(meshgw_error_detail, file, 8, 16);
FROZEN(meshgw_error_detail, line, 24, 4);
FROZEN(meshgw_error_detail, column, 28, 4);
FROZEN(meshgw_error_detail, what, 32, 16);
FROZEN(meshgw_error_detail, expected, 48, 16);

FROZEN_SIZE(meshgw_hello, 16);
FROZEN(meshgw_hello, status, 0, 4);
FROZEN(meshgw_hello, server_name_offset, 4, 4);
FROZEN(meshgw_hello, position, 8, 4);
FROZEN(meshgw_hello, server_name_len, 12, 1);
FROZEN(meshgw_hello, reason, 13, 1);
FROZEN(meshgw_hello, flags, 14, 2);

SIZE_SINCE_0_1(meshgw_hello_options, 24);
FROZEN(meshgw_hello_options, struct_size, 0, 8);
FROZEN(meshgw_hello_options, max_message_bytes, 8, 4);
FROZEN(meshgw_hello_options, max_records, 12, 4);
FROZEN(meshgw_hello_options, allow_trailing_dot, 16, 1);
FROZEN(meshgw_hello_options, allow_ip_address, 17, 1);
FROZEN(meshgw_hello_options, allow_opaque, 18, 1);
FROZEN(meshgw_hello_options, allow_empty_records, 19, 1);
FROZEN(meshgw_hello_options, reserved, 20, 4);

FROZEN_SIZE(meshgw_hello_state, 96);
FROZEN(meshgw_hello_state, opaque, 0, 96);

SIZE_SINCE_0_1(meshgw_hello_details, 192);
FROZEN(meshgw_hello_details, struct_size, 0, 8);
FROZEN(meshgw_hello_details, hello, 8, 16);
FROZEN(meshgw_hello_details, legacy_version, 24, 2);
FROZEN(meshgw_hello_details, extension_count, 26, 2);
FROZEN(meshgw_hello_details, records, 28, 2);
FROZEN(meshgw_hello_details, reserved, 30, 2);
FROZEN(meshgw_hello_details, server_name, 32, 16);
FROZEN(meshgw_hello_details, alpn, 48, 16);
FROZEN(meshgw_hello_details, supported_versions, 64, 16);
FROZEN(meshgw_hello_details, supported_groups, 80, 16);
FROZEN(meshgw_hello_details, signature_algorithms, 96, 16);
FROZEN(meshgw_hello_details, key_shares, 112, 16);
FROZEN(meshgw_hello_details, cipher_suites, 128, 16);
FROZEN(meshgw_hello_details, session_id, 144, 16);
FROZEN(meshgw_hello_details, extensions, 160, 16);
FROZEN(meshgw_hello_details, message, 176, 16);

SIZE_SINCE_0_1(meshgw_name_parts, 144);
FROZEN(meshgw_name_parts, struct_size, 0, 8);
FROZEN(meshgw_name_parts, kind, 8, 4);
FROZEN(meshgw_name_parts, reserved, 12, 4);
FROZEN(meshgw_name_parts, subset, 16, 16);
FROZEN(meshgw_name_parts, service, 32, 16);
FROZEN(meshgw_name_parts, name_space, 48, 16);
FROZEN(meshgw_name_parts, partition, 64, 16);
FROZEN(meshgw_name_parts, datacenter, 80, 16);
FROZEN(meshgw_name_parts, peer, 96, 16);
FROZEN(meshgw_name_parts, node, 112, 16);
FROZEN(meshgw_name_parts, trust_domain, 128, 16);

SIZE_SINCE_0_1(meshgw_mode_layers, 40);
FROZEN(meshgw_mode_layers, struct_size, 0, 8);
FROZEN(meshgw_mode_layers, upstream, 8, 4);
FROZEN(meshgw_mode_layers, upstream_override, 12, 4);
FROZEN(meshgw_mode_layers, proxy_instance, 16, 4);
FROZEN(meshgw_mode_layers, upstream_defaults, 20, 4);
FROZEN(meshgw_mode_layers, service_defaults, 24, 4);
FROZEN(meshgw_mode_layers, proxy_defaults, 28, 4);
FROZEN(meshgw_mode_layers, destination_defaults, 32, 4);
FROZEN(meshgw_mode_layers, reserved, 36, 4);

SIZE_SINCE_0_1(meshgw_mode_target, 96);
FROZEN(meshgw_mode_target, struct_size, 0, 8);
FROZEN(meshgw_mode_target, source_datacenter, 8, 16);
FROZEN(meshgw_mode_target, source_partition, 24, 16);
FROZEN(meshgw_mode_target, datacenter, 40, 16);
FROZEN(meshgw_mode_target, partition, 56, 16);
FROZEN(meshgw_mode_target, peer, 72, 16);
FROZEN(meshgw_mode_target, has_external_sni, 88, 4);
FROZEN(meshgw_mode_target, is_prepared_query, 92, 4);

FROZEN_SIZE(meshgw_mode_decision, 20);
FROZEN(meshgw_mode_decision, mode, 0, 4);
FROZEN(meshgw_mode_decision, source, 4, 4);
FROZEN(meshgw_mode_decision, veto, 8, 4);
FROZEN(meshgw_mode_decision, dial, 12, 4);
FROZEN(meshgw_mode_decision, applies, 16, 1);
FROZEN(meshgw_mode_decision, wan_address, 17, 1);
FROZEN(meshgw_mode_decision, none_taken_as_remote, 18, 1);
FROZEN(meshgw_mode_decision, reserved, 19, 1);

SIZE_SINCE_0_1(meshgw_mode_layer, 64);
FROZEN(meshgw_mode_layer, struct_size, 0, 8);
FROZEN(meshgw_mode_layer, source, 8, 4);
FROZEN(meshgw_mode_layer, value, 12, 4);
FROZEN(meshgw_mode_layer, considered, 16, 1);
FROZEN(meshgw_mode_layer, won, 17, 1);
FROZEN(meshgw_mode_layer, reserved, 18, 2);
FROZEN(meshgw_mode_layer, line, 20, 4);
FROZEN(meshgw_mode_layer, column, 24, 4);
FROZEN(meshgw_mode_layer, reserved2, 28, 4);
FROZEN(meshgw_mode_layer, file, 32, 16);
FROZEN(meshgw_mode_layer, why, 48, 16);

SIZE_SINCE_0_1(meshgw_endpoint, 56);
FROZEN(meshgw_endpoint, struct_size, 0, 8);
FROZEN(meshgw_endpoint, address, 8, 16);
FROZEN(meshgw_endpoint, id, 24, 16);
FROZEN(meshgw_endpoint, port, 40, 4);
FROZEN(meshgw_endpoint, weight, 44, 4);
FROZEN(meshgw_endpoint, health, 48, 4);
FROZEN(meshgw_endpoint, priority, 52, 4);

SIZE_SINCE_0_1(meshgw_cluster, 104);
FROZEN(meshgw_cluster, struct_size, 0, 8);
FROZEN(meshgw_cluster, name, 8, 16);
FROZEN(meshgw_cluster, service, 24, 16);
FROZEN(meshgw_cluster, datacenter, 40, 16);
FROZEN(meshgw_cluster, endpoints, 56, 8);
FROZEN(meshgw_cluster, endpoint_count, 64, 8);
FROZEN(meshgw_cluster, failover, 72, 8);
FROZEN(meshgw_cluster, failover_count, 80, 8);
FROZEN(meshgw_cluster, kind, 88, 4);
FROZEN(meshgw_cluster, load_balancing, 92, 4);
FROZEN(meshgw_cluster, connect_timeout_ms, 96, 4);
FROZEN(meshgw_cluster, max_connections, 100, 4);

FROZEN_SIZE(meshgw_route_match, 8);
FROZEN(meshgw_route_match, kind, 0, 4);
FROZEN(meshgw_route_match, cluster, 4, 4);

SIZE_SINCE_0_1(meshgw_route, 64);
FROZEN(meshgw_route, struct_size, 0, 8);
FROZEN(meshgw_route, kind, 8, 4);
FROZEN(meshgw_route, cluster, 12, 4);
FROZEN(meshgw_route, match, 16, 16);
FROZEN(meshgw_route, cluster_name, 32, 16);
FROZEN(meshgw_route, origin, 48, 16);

SIZE_SINCE_0_1(meshgw_route_candidate, 64);
FROZEN(meshgw_route_candidate, struct_size, 0, 8);
FROZEN(meshgw_route_candidate, kind, 8, 4);
FROZEN(meshgw_route_candidate, matched, 12, 1);
FROZEN(meshgw_route_candidate, won, 13, 1);
FROZEN(meshgw_route_candidate, reserved, 14, 2);
FROZEN(meshgw_route_candidate, match, 16, 16);
FROZEN(meshgw_route_candidate, cluster_name, 32, 16);
FROZEN(meshgw_route_candidate, why, 48, 16);

SIZE_SINCE_0_1(meshgw_config_file, 48);
FROZEN(meshgw_config_file, struct_size, 0, 8);
FROZEN(meshgw_config_file, name, 8, 16);
FROZEN(meshgw_config_file, contents, 24, 16);
FROZEN(meshgw_config_file, format, 40, 4);
FROZEN(meshgw_config_file, reserved, 44, 4);

SIZE_SINCE_0_1(meshgw_upstream_query, 96);
FROZEN(meshgw_upstream_query, struct_size, 0, 8);
FROZEN(meshgw_upstream_query, datacenter, 8, 16);
FROZEN(meshgw_upstream_query, service, 24, 16);
FROZEN(meshgw_upstream_query, upstream, 40, 16);
FROZEN(meshgw_upstream_query, upstream_datacenter, 56, 16);
FROZEN(meshgw_upstream_query, proxy_id, 72, 16);
FROZEN(meshgw_upstream_query, rules, 88, 4);
FROZEN(meshgw_upstream_query, reserved, 92, 4);

SIZE_SINCE_0_1(meshgw_upstream_target, 72);
FROZEN(meshgw_upstream_target, struct_size, 0, 8);
FROZEN(meshgw_upstream_target, source_datacenter, 8, 16);
FROZEN(meshgw_upstream_target, datacenter, 24, 16);
FROZEN(meshgw_upstream_target, service, 40, 16);
FROZEN(meshgw_upstream_target, server_name, 56, 16);

SIZE_SINCE_0_1(meshgw_upstream_failover, 136);
FROZEN(meshgw_upstream_failover, struct_size, 0, 8);
FROZEN(meshgw_upstream_failover, datacenter, 8, 16);
FROZEN(meshgw_upstream_failover, partition, 24, 16);
FROZEN(meshgw_upstream_failover, service, 40, 16);
FROZEN(meshgw_upstream_failover, subset, 56, 16);
FROZEN(meshgw_upstream_failover, peer, 72, 16);
FROZEN(meshgw_upstream_failover, server_name, 88, 16);
FROZEN(meshgw_upstream_failover, decision, 104, 20);
FROZEN(meshgw_upstream_failover, reserved, 124, 4);
FROZEN(meshgw_upstream_failover, dial_count, 128, 8);

FROZEN_SIZE(meshgw_splice_state, 40);
FROZEN(meshgw_splice_state, end, 0, 4);
FROZEN(meshgw_splice_state, error, 4, 4);
FROZEN(meshgw_splice_state, bytes_to_server, 8, 8);
FROZEN(meshgw_splice_state, bytes_to_client, 16, 8);
FROZEN(meshgw_splice_state, spliced_bytes, 24, 8);
FROZEN(meshgw_splice_state, client_fin, 32, 1);
FROZEN(meshgw_splice_state, server_fin, 33, 1);
FROZEN(meshgw_splice_state, pending, 34, 1);
FROZEN(meshgw_splice_state, reserved, 35, 5);

SIZE_SINCE_0_1(meshgw_splice_options, 32);
FROZEN(meshgw_splice_options, struct_size, 0, 8);
FROZEN(meshgw_splice_options, max_kept_bytes, 8, 8);
FROZEN(meshgw_splice_options, copy_bytes, 16, 4);
FROZEN(meshgw_splice_options, pipe_bytes, 20, 4);
FROZEN(meshgw_splice_options, max_pipes, 24, 4);
FROZEN(meshgw_splice_options, reserved, 28, 4);

FROZEN_SIZE(meshgw_splice_result, 48);
FROZEN(meshgw_splice_result, tag, 0, 8);
FROZEN(meshgw_splice_result, state, 8, 40);

SIZE_SINCE_0_1(meshgw_gateway_options, 96);
FROZEN(meshgw_gateway_options, struct_size, 0, 8);
FROZEN(meshgw_gateway_options, workers, 8, 4);
FROZEN(meshgw_gateway_options, max_connections, 12, 4);
FROZEN(meshgw_gateway_options, max_pending_hellos, 16, 4);
FROZEN(meshgw_gateway_options, hello_timeout_ms, 20, 4);
FROZEN(meshgw_gateway_options, idle_timeout_ms, 24, 4);
FROZEN(meshgw_gateway_options, half_closed_timeout_ms, 28, 4);
FROZEN(meshgw_gateway_options, max_connect_attempts, 32, 4);
FROZEN(meshgw_gateway_options, max_pipes, 36, 4);
FROZEN(meshgw_gateway_options, max_hello_buffer_bytes, 40, 8);
FROZEN(meshgw_gateway_options, max_kept_bytes, 48, 8);
FROZEN(meshgw_gateway_options, dns_refresh_s, 56, 4);
FROZEN(meshgw_gateway_options, max_events, 60, 4);
FROZEN(meshgw_gateway_options, route_without_server_name, 64, 1);
FROZEN(meshgw_gateway_options, route_not_tls, 65, 1);
FROZEN(meshgw_gateway_options, reserved, 66, 6);
FROZEN(meshgw_gateway_options, hello, 72, 24);

SIZE_SINCE_0_1(meshgw_gateway_stats, 544);
FROZEN(meshgw_gateway_stats, struct_size, 0, 8);
FROZEN(meshgw_gateway_stats, accepted, 8, 8);
FROZEN(meshgw_gateway_stats, active, 16, 8);
FROZEN(meshgw_gateway_stats, pending_hellos, 24, 8);
FROZEN(meshgw_gateway_stats, bytes_in, 32, 8);
FROZEN(meshgw_gateway_stats, bytes_out, 40, 8);
FROZEN(meshgw_gateway_stats, spliced_bytes, 48, 8);
FROZEN(meshgw_gateway_stats, connect_failures, 56, 8);
FROZEN(meshgw_gateway_stats, accept_pauses, 64, 8);
FROZEN(meshgw_gateway_stats, shed_hellos, 72, 8);
FROZEN(meshgw_gateway_stats, hello_memory_sheds, 80, 8);
FROZEN(meshgw_gateway_stats, pipe_limit_hits, 88, 8);
FROZEN(meshgw_gateway_stats, pipes_open, 96, 8);
FROZEN(meshgw_gateway_stats, pipes_taken_back, 104, 8);
FROZEN(meshgw_gateway_stats, kept_bytes, 112, 8);
FROZEN(meshgw_gateway_stats, kept_limit_hits, 120, 8);
FROZEN(meshgw_gateway_stats, ejections, 128, 8);
FROZEN(meshgw_gateway_stats, post_quantum, 136, 8);
FROZEN(meshgw_gateway_stats, ech, 144, 8);
FROZEN(meshgw_gateway_stats, events_dropped, 152, 8);
FROZEN(meshgw_gateway_stats, by_reason, 160, 256);
FROZEN(meshgw_gateway_stats, by_verdict, 416, 64);
FROZEN(meshgw_gateway_stats, by_route_kind, 480, 64);

SIZE_SINCE_0_1(meshgw_event, 288);
FROZEN(meshgw_event, kind, 0, 4);
FROZEN(meshgw_event, level, 4, 4);
FROZEN(meshgw_event, time_ns, 8, 8);
FROZEN(meshgw_event, message, 16, 16);
FROZEN(meshgw_event, connection, 32, 8);
FROZEN(meshgw_event, listener, 40, 16);
FROZEN(meshgw_event, source, 56, 16);
FROZEN(meshgw_event, server_name, 72, 16);
FROZEN(meshgw_event, rule, 88, 16);
FROZEN(meshgw_event, cluster, 104, 16);
FROZEN(meshgw_event, service, 120, 16);
FROZEN(meshgw_event, datacenter, 136, 16);
FROZEN(meshgw_event, endpoint, 152, 16);
FROZEN(meshgw_event, alpn, 168, 16);
FROZEN(meshgw_event, tls_versions, 184, 16);
FROZEN(meshgw_event, connect_us, 200, 8);
FROZEN(meshgw_event, first_byte_us, 208, 8);
FROZEN(meshgw_event, duration_us, 216, 8);
FROZEN(meshgw_event, bytes_in, 224, 8);
FROZEN(meshgw_event, bytes_out, 232, 8);
FROZEN(meshgw_event, spliced_bytes, 240, 8);
FROZEN(meshgw_event, hello_bytes, 248, 4);
FROZEN(meshgw_event, hello_records, 252, 4);
FROZEN(meshgw_event, verdict, 256, 4);
FROZEN(meshgw_event, hello_reason, 260, 4);
FROZEN(meshgw_event, route_kind, 264, 4);
FROZEN(meshgw_event, attempts, 268, 4);
FROZEN(meshgw_event, reason, 272, 4);
FROZEN(meshgw_event, error, 276, 4);
FROZEN(meshgw_event, closed_by, 280, 4);
FROZEN(meshgw_event, post_quantum, 284, 1);
FROZEN(meshgw_event, ech, 285, 1);
FROZEN(meshgw_event, reserved, 286, 2);

#endif

int main(void) { return 0; }
