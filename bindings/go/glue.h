/* glue.h - calls of meshgw.h in a shape that suits Go.
 *
 * A Go pointer may be passed to C, but Go memory that holds Go pointers may
 * not, unless they are pinned, and C may not write Go pointers into Go memory.
 * So structs of strings come by value and are put together here, on C's stack;
 * and views into Go memory go back as offsets. Results by value also spare an
 * allocation: memory whose address is passed to C is on Go's heap. */
#ifndef MESHGW_GO_GLUE_H_
#define MESHGW_GO_GLUE_H_

#include <meshgw.h>
#include <poll.h>

/* --- Modes --- */

typedef struct go_mode_decision {
  meshgw_mode_decision decision;
  meshgw_status status;
  meshgw_error *err;
} go_mode_decision;

static inline go_mode_decision go_mode_resolve(meshgw_mode_layers layers,
                                               meshgw_mode_target target,
                                               int32_t rules) {
  go_mode_decision out = {{0, 0, 0, 0, 0, 0, 0, 0}, 0, NULL};
  layers.struct_size = sizeof layers;
  target.struct_size = sizeof target;
  out.status =
      meshgw_mode_resolve(&layers, &target, rules, &out.decision, &out.err);
  return out;
}

static inline meshgw_status go_mode_explain(meshgw_mode_layers layers,
                                            meshgw_mode_target target,
                                            int32_t rules,
                                            meshgw_mode_explanation **out,
                                            meshgw_error **err) {
  layers.struct_size = sizeof layers;
  target.struct_size = sizeof target;
  return meshgw_mode_explain(&layers, &target, rules, out, err);
}

static inline meshgw_status go_catalog_explain_mode(
    const meshgw_catalog *catalog, meshgw_upstream_query query,
    meshgw_mode_explanation **out, meshgw_error **err) {
  query.struct_size = sizeof query;
  return meshgw_catalog_explain_mode(catalog, &query, out, err);
}

/* --- Routes --- */

/* Arguments that Go need not check for pointers in what they point to: for that
 * Go 1.21 would put them on the heap. `routes` is memory of C. */
static inline meshgw_route_match go_routes_lookup(uintptr_t routes,
                                                  const char *name,
                                                  size_t len) {
  meshgw_str text;
  text.data = name;
  text.len = len;
  return meshgw_routes_lookup((const meshgw_routes *)routes, text);
}

/* --- Names --- */

static inline meshgw_status go_name_format(meshgw_name_parts parts,
                                           meshgw_string **out,
                                           meshgw_error **err) {
  parts.struct_size = sizeof parts;
  return meshgw_name_format(&parts, out, err);
}

/* --- ClientHello --- */

/* Where a view lies: its offset in the data, or in scratch. */
typedef struct go_view {
  uint32_t offset;
  uint32_t len;
} go_view;

typedef struct go_hello_details {
  meshgw_status status;
  meshgw_hello hello;
  uint16_t legacy_version;
  uint16_t extension_count;
  uint16_t records;
  uint16_t in_scratch; /* 1: the views lie in scratch. */
  go_view server_name;
  go_view alpn;
  go_view supported_versions;
  go_view supported_groups;
  go_view signature_algorithms;
  go_view key_shares;
  go_view cipher_suites;
  go_view session_id;
} go_hello_details;

static inline go_view go_view_of(const void *at, size_t len,
                                 const uint8_t *base) {
  go_view out = {0, 0};
  if (len != 0) {
    out.offset = (uint32_t)((const uint8_t *)at - base);
    out.len = (uint32_t)len;
  }
  return out;
}

static inline go_hello_details go_hello_inspect(
    const uint8_t *data, size_t len, const meshgw_hello_options *options,
    uint8_t *scratch, size_t scratch_len) {
  meshgw_hello_details full = {0};
  go_hello_details out = {0};
  const uint8_t *base = data;
  full.struct_size = sizeof full;
  out.status =
      meshgw_hello_inspect(data, len, options, scratch, scratch_len, &full);
  out.hello = full.hello;
  if (out.status != MESHGW_OK) return out;
  out.legacy_version = full.legacy_version;
  out.extension_count = full.extension_count;
  out.records = full.records;
  /* The message is in one piece, and all views point into it. */
  if (full.message.data >= scratch &&
      full.message.data < scratch + scratch_len) {
    out.in_scratch = 1;
    base = scratch;
  }
  out.server_name =
      go_view_of(full.server_name.data, full.server_name.len, base);
  out.alpn = go_view_of(full.alpn.data, full.alpn.len, base);
  out.supported_versions = go_view_of(full.supported_versions.data,
                                      full.supported_versions.len, base);
  out.supported_groups =
      go_view_of(full.supported_groups.data, full.supported_groups.len, base);
  out.signature_algorithms = go_view_of(full.signature_algorithms.data,
                                        full.signature_algorithms.len, base);
  out.key_shares = go_view_of(full.key_shares.data, full.key_shares.len, base);
  out.cipher_suites =
      go_view_of(full.cipher_suites.data, full.cipher_suites.len, base);
  out.session_id = go_view_of(full.session_id.data, full.session_id.len, base);
  return out;
}

/* --- Descriptors --- */

static inline int go_is_readable(int fd) {
  struct pollfd what = {fd, POLLIN, 0};
  return poll(&what, 1, 0) > 0;
}

#endif /* MESHGW_GO_GLUE_H_ */
