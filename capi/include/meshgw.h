/* meshgw.h - the C API of meshgw, and its ABI. C99, self-contained.
 *
 * Conventions, said once:
 *
 *  1. Objects are incomplete structs. _create (or _parse, _load, _build, ...)
 *     makes one, _free releases it. _free takes NULL and cannot fail.
 *  2. Parameters are in this order: object, inputs, outputs, err. Outputs are
 *     written only when the call returns MESHGW_OK.
 *  3. `err` may be NULL. It is written only on failure, and then always;
 *     release it with meshgw_error_free. There is no error state of a thread.
 *  4. Pointers must not be NULL unless "nullable"; a NULL is
 *     MESHGW_ERR_INVALID_ARGUMENT, not a crash. The pointer of an empty slice
 *     (length 0) is never read and may have any value.
 *  5. Inputs are borrowed for the call. A meshgw_str in a result is borrowed
 *     from the object that its comment names, and dies with it.
 *  6. A descriptor named take_fd belongs to the library once the call has
 *     returned MESHGW_OK, and stays the caller's otherwise. Others stay the
 *     caller's. The library makes its own close-on-exec.
 *  7. Thread-safety is one of: "Thread-safe": any threads at any time.
 *     "Thread-compatible": calls on one object must not overlap; this holds
 *     where nothing is said. Immutable objects are thread-safe to read. Debug
 *     builds of the library refuse objects that were freed and overlapping
 *     calls where they see them.
 *  8. A struct with a `struct_size` grows at its end in later versions: set the
 *     field to sizeof the struct and zero the rest, as its _INIT macro does, in
 *     outputs too. Zero is the default of each field. A larger struct than the
 *     library knows is taken if what it does not know is zero, else
 *     MESHGW_ERR_INVALID_ARGUMENT. In outputs the library writes no more than
 *     struct_size bytes.
 *  9. No function throws, prints, forks, exits, reads the environment or
 *     touches signal handlers. Failing to allocate is MESHGW_ERR_NO_MEMORY, and
 *     such a call has done nothing unless it says so; on the library's own
 *     threads it ends one connection. Calls do not block unless they say so.
 * 10. Objects are unusable in a forked child, but for freeing the memory by
 *     ending the process or calling exec.
 * 11. Enumerators have stable values; new ones may come: treat unknown values
 *     of a result as "another". An unknown value as an argument is an error.
 * 12. libmeshgw.so stays loaded once it was (it is linked with -z nodelete):
 *     dlclose frees nothing, because a look-up of a host name that hangs may
 *     still hold a thread of it when all objects were freed.
 */
#ifndef MESHGW_H_
#define MESHGW_H_

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define MESHGW_API __attribute__((visibility("default")))
#else
#define MESHGW_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* --- Versions, statuses, strings, errors ---------------------------------- */

#define MESHGW_VERSION_MAJOR 0
#define MESHGW_VERSION_MINOR 1
#define MESHGW_VERSION_PATCH 0

/* meshgw_version returns the version of the library that was loaded, such as
 * "0.1.0". Static. Thread-safe. since 0.1 */
MESHGW_API const char *meshgw_version(void);

/* meshgw_status is what a call returns. 0 to 6 are the verdicts on a hello;
 * from 16 on they are 16 + the canonical code (that of gRPC and Abseil). */
typedef int32_t meshgw_status;
enum {
  MESHGW_OK = 0,                   /* Also: a complete, well-formed hello. */
  MESHGW_NEED_MORE = 1,            /* No failure: call again with more bytes. */
  MESHGW_ERR_NOT_TLS = 2,          /* The first byte begins no TLS record. */
  MESHGW_ERR_MALFORMED = 3,        /* TLS, but a rule is broken; see reason. */
  MESHGW_ERR_TOO_LARGE = 4,        /* Longer than the limit, or than scratch. */
  MESHGW_ERR_SSLV2 = 5,            /* An SSLv2 hello; it has no name. */
  MESHGW_ERR_TOO_MANY_RECORDS = 6, /* Over more records than the limit. */
  MESHGW_ERR_INVALID_ARGUMENT = 19,
  MESHGW_ERR_NOT_FOUND = 21,
  MESHGW_ERR_ALREADY_EXISTS = 22,
  MESHGW_ERR_PERMISSION_DENIED = 23,
  MESHGW_ERR_RESOURCE_EXHAUSTED = 24,  /* A limit; descriptors. */
  MESHGW_ERR_FAILED_PRECONDITION = 25, /* Not in this state of the object. */
  MESHGW_ERR_INTERNAL = 29,            /* A bug of the library. */
  /* The system refused, or a connection has ended already; see errno. */
  MESHGW_ERR_UNAVAILABLE = 30,
  MESHGW_ERR_NO_MEMORY = 48
};

/* meshgw_status_name returns a stable lower-case name ("ok", "need_more",
 * "not_tls", "invalid_argument", ...), "unknown" for other values; never NULL.
 * Static. Thread-safe. since 0.1 */
MESHGW_API const char *meshgw_status_name(meshgw_status status);

/* meshgw_str is text of `len` bytes, not NUL-terminated. */
typedef struct meshgw_str {
  const char *data;
  size_t len;
} meshgw_str;

/* meshgw_bytes is a view of bytes; meshgw_buffer has the shape of an iovec. */
typedef struct meshgw_bytes {
  const uint8_t *data;
  size_t len;
} meshgw_bytes;
typedef meshgw_bytes meshgw_buffer;
/* An empty one of these. */
#define MESHGW_STR_INIT \
  { NULL, 0 }

/* meshgw_string is text that the caller owns. */
typedef struct meshgw_string meshgw_string;
/* The view is borrowed from the string; NULL gives an empty one. since 0.1 */
MESHGW_API meshgw_str meshgw_string_view(const meshgw_string *string);
MESHGW_API void meshgw_string_free(meshgw_string *string);

/* meshgw_error says what went wrong: a message for people that names the
 * argument, file or address; and one detail for each mistake in configuration.
 * Immutable. */
typedef struct meshgw_error meshgw_error;

typedef struct meshgw_error_detail {
  size_t struct_size;
  meshgw_str file;     /* Empty: not from a file. */
  uint32_t line;       /* From 1; 0: the whole file. */
  uint32_t column;     /* From 1, in bytes; 0: the whole line or file. */
  meshgw_str what;     /* What is wrong. */
  meshgw_str expected; /* What was expected instead; may be empty. */
} meshgw_error_detail;
#define MESHGW_ERROR_DETAIL_INIT                                         \
  {                                                                      \
    sizeof(meshgw_error_detail), MESHGW_STR_INIT, 0, 0, MESHGW_STR_INIT, \
        MESHGW_STR_INIT                                                  \
  }

/* The strings are borrowed from the error. With NULL: MESHGW_OK, empty, 0.
 * _errno is 0 when no system call was the cause. since 0.1 */
MESHGW_API meshgw_status meshgw_error_status(const meshgw_error *error);
MESHGW_API meshgw_str meshgw_error_message(const meshgw_error *error);
MESHGW_API int32_t meshgw_error_errno(const meshgw_error *error);
MESHGW_API size_t meshgw_error_detail_count(const meshgw_error *error);
/* MESHGW_ERR_NOT_FOUND for an index that is not below the count. since 0.1 */
MESHGW_API meshgw_status meshgw_error_detail_at(const meshgw_error *error,
                                                size_t index,
                                                meshgw_error_detail *out);
MESHGW_API void meshgw_error_free(meshgw_error *error);

/* --- ClientHello ---------------------------------------------------------- */

/* What meshgw_hello.flags holds. */
enum {
  MESHGW_HELLO_HAS_SERVER_NAME = 1,
  /* The name lies in `scratch`, not in the data: it was spread over records. */
  MESHGW_HELLO_NAME_IN_SCRATCH = 2,
  MESHGW_HELLO_EARLY_DATA = 4,
  MESHGW_HELLO_PRE_SHARED_KEY = 8,
  MESHGW_HELLO_POST_QUANTUM = 16, /* A key share for a hybrid group. */
  MESHGW_HELLO_ECH_OUTER = 32,    /* RFC 9849; cannot be told from GREASE. */
  MESHGW_HELLO_ECH_INNER = 64
};

/* Which rule decided a verdict other than MESHGW_OK and MESHGW_NEED_MORE. */
enum {
  MESHGW_HELLO_REASON_NONE = 0,
  MESHGW_HELLO_REASON_RECORD_TYPE = 1,
  MESHGW_HELLO_REASON_RECORD_VERSION = 2,
  MESHGW_HELLO_REASON_RECORD_LENGTH = 3,
  MESHGW_HELLO_REASON_EMPTY_RECORD = 4,
  MESHGW_HELLO_REASON_TRAILING_HANDSHAKE = 5,
  MESHGW_HELLO_REASON_MESSAGE_TYPE = 6,
  MESHGW_HELLO_REASON_MESSAGE_LENGTH = 7,
  MESHGW_HELLO_REASON_SESSION_ID = 8,
  MESHGW_HELLO_REASON_CIPHER_SUITES = 9,
  MESHGW_HELLO_REASON_COMPRESSION = 10,
  MESHGW_HELLO_REASON_EXTENSIONS_LENGTH = 11,
  MESHGW_HELLO_REASON_EXTENSION_LENGTH = 12,
  MESHGW_HELLO_REASON_DUPLICATE_EXTENSION = 13,
  MESHGW_HELLO_REASON_PSK_NOT_LAST = 14,
  MESHGW_HELLO_REASON_FORBIDDEN_EXTENSION = 15,
  MESHGW_HELLO_REASON_SERVER_NAME_SHAPE = 16,
  MESHGW_HELLO_REASON_SERVER_NAME_SYNTAX = 17,
  MESHGW_HELLO_REASON_SERVER_NAME_ADDRESS = 18,
  MESHGW_HELLO_REASON_SERVER_NAME_LENGTH = 19,
  MESHGW_HELLO_REASON_ALPN = 20,
  MESHGW_HELLO_REASON_SUPPORTED_VERSIONS = 21,
  MESHGW_HELLO_REASON_SUPPORTED_GROUPS = 22,
  MESHGW_HELLO_REASON_KEY_SHARE = 23,
  MESHGW_HELLO_REASON_SIGNATURE_ALGORITHMS = 24,
  MESHGW_HELLO_REASON_ENCRYPTED_CLIENT_HELLO = 25,
  MESHGW_HELLO_REASON_EARLY_DATA_WITHOUT_PSK = 26,
  MESHGW_HELLO_REASON_MESSAGE_TOO_LARGE = 27,
  MESHGW_HELLO_REASON_SCRATCH_TOO_SMALL = 28,
  MESHGW_HELLO_REASON_RECORD_COUNT = 29,
  MESHGW_HELLO_REASON_SSLV2 = 30,
  MESHGW_HELLO_REASON_PLAIN_TEXT = 31
};
/* "none", "record_type", ..., "unknown". Static. Thread-safe. since 0.1 */
MESHGW_API const char *meshgw_hello_reason_name(int32_t reason);

/* meshgw_hello is a verdict on the bytes at the start of a connection: 16
 * bytes, returned in registers, with offsets instead of pointers. Frozen. */
typedef struct meshgw_hello {
  /* MESHGW_OK to MESHGW_ERR_TOO_MANY_RECORDS, or INVALID_ARGUMENT. Only
   * MESHGW_OK may be routed by its name. */
  meshgw_status status;
  /* OK: where the name begins, in bytes from the start of the data, or of
   * scratch with MESHGW_HELLO_NAME_IN_SCRATCH. Else 0. */
  uint32_t server_name_offset;
  /* OK: record bytes of the hello, from the start. NEED_MORE: how many bytes
   * from the start must be here before the verdict can change. Else: where the
   * rule was broken, in bytes from the start. */
  uint32_t position;
  uint8_t server_name_len; /* Bytes; as sent, not lower-cased. */
  uint8_t reason;          /* MESHGW_HELLO_REASON_*; 0 with OK, NEED_MORE. */
  uint16_t flags;          /* OK: MESHGW_HELLO_*. Else 0. */
} meshgw_hello;
#define MESHGW_HELLO_INIT \
  { 0, 0, 0, 0, 0, 0 }

/* As much scratch as any hello can need under the default limits. */
#define MESHGW_HELLO_SCRATCH_BYTES 65536

/* meshgw_hello_scan reads the ClientHello at the start of `data`, with the
 * default options. `scratch` (nullable with length 0) is used only for hellos
 * in several records: without it those are MESHGW_ERR_TOO_LARGE with
 * MESHGW_HELLO_REASON_SCRATCH_TOO_SMALL. The grammar is what BoringSSL, OpenSSL
 * and Go all accept (RFC 8446 4.1.2 and 5.1, RFC 6066 3, RFC 7301 3.1). Never
 * allocates. Thread-safe. since 0.1 */
MESHGW_API meshgw_hello meshgw_hello_scan(const uint8_t *data, size_t len,
                                          uint8_t *scratch, size_t scratch_len);

/* meshgw_hello_options: limits, and names beyond RFC 6066's. */
typedef struct meshgw_hello_options {
  size_t struct_size;
  uint32_t max_message_bytes; /* 0: 65536. Clamped to 4096..131400. */
  uint32_t max_records;       /* 0: 4096. More than 65535 is an error. */
  /* 0 or 1. */
  uint8_t allow_trailing_dot; /* "a." is taken, reported without the dot. */
  uint8_t allow_ip_address;
  uint8_t allow_opaque;        /* Any bytes but NUL, 1 to 255. */
  uint8_t allow_empty_records; /* Skipped; they count as records. */
  uint32_t reserved;           /* 0 */
} meshgw_hello_options;
#define MESHGW_HELLO_OPTIONS_INIT \
  { sizeof(meshgw_hello_options), 0, 0, 0, 0, 0, 0, 0 }

/* meshgw_hello_state is a hello that is read as it arrives. It lies in the
 * caller's memory, needs no release, and may be copied. */
typedef struct meshgw_hello_state {
  uint64_t opaque[12];
} meshgw_hello_state;

/* meshgw_hello_state_init begins. `options` is nullable.
 * MESHGW_ERR_INVALID_ARGUMENT: see conventions 4 and 8. since 0.1 */
MESHGW_API meshgw_status meshgw_hello_state_init(
    const meshgw_hello_options *options, meshgw_hello_state *out);

/* meshgw_hello_feed reads all bytes that have come since the connection's
 * start: at each call the same ones and more (they may have moved). Work over
 * all calls is linear in the bytes. Once there is a verdict, later calls repeat
 * it. MESHGW_ERR_INVALID_ARGUMENT for a state that was not initialised.
 * since 0.1 */
MESHGW_API meshgw_hello meshgw_hello_feed(meshgw_hello_state *state,
                                          const uint8_t *data, size_t len,
                                          uint8_t *scratch, size_t scratch_len);

/* meshgw_hello_feed_buffers does the same for bytes in `count` buffers, in
 * order. Offsets count over all of them; a name that straddles two lies in
 * scratch. since 0.1 */
MESHGW_API meshgw_hello meshgw_hello_feed_buffers(meshgw_hello_state *state,
                                                  const meshgw_buffer *buffers,
                                                  size_t count,
                                                  uint8_t *scratch,
                                                  size_t scratch_len);

/* meshgw_hello_details is all that a hello says. Lists are as on the wire,
 * without their length: 16-bit values are big-endian. Views are borrowed from
 * `data`, or from `scratch` when the hello lies in several records. */
typedef struct meshgw_hello_details {
  size_t struct_size;
  meshgw_hello hello;
  uint16_t legacy_version;
  uint16_t extension_count;
  uint16_t records;
  uint16_t reserved;
  meshgw_str server_name;
  meshgw_bytes alpn; /* ProtocolNameList: a length byte, a name, ... */
  meshgw_bytes supported_versions;
  meshgw_bytes supported_groups;
  meshgw_bytes signature_algorithms;
  meshgw_bytes key_shares; /* KeyShareEntry list. */
  meshgw_bytes cipher_suites;
  meshgw_bytes session_id;
  meshgw_bytes extensions; /* The whole block. */
  meshgw_bytes message;    /* With its 4-byte header. */
} meshgw_hello_details;
#define MESHGW_HELLO_DETAILS_INIT                                           \
  {                                                                         \
    sizeof(meshgw_hello_details), MESHGW_HELLO_INIT, 0, 0, 0, 0,            \
        MESHGW_STR_INIT, MESHGW_STR_INIT, MESHGW_STR_INIT, MESHGW_STR_INIT, \
        MESHGW_STR_INIT, MESHGW_STR_INIT, MESHGW_STR_INIT, MESHGW_STR_INIT, \
        MESHGW_STR_INIT, MESHGW_STR_INIT                                    \
  }

/* meshgw_hello_inspect reads a hello in full. `options` is nullable. Returns
 * the verdict, or MESHGW_ERR_INVALID_ARGUMENT; on any verdict `out->hello` is
 * written, the rest only with MESHGW_OK. Thread-safe. since 0.1 */
MESHGW_API meshgw_status meshgw_hello_inspect(
    const uint8_t *data, size_t len, const meshgw_hello_options *options,
    uint8_t *scratch, size_t scratch_len, meshgw_hello_details *out);

/* A JA4 fingerprint and a NUL. */
#define MESHGW_JA4_BYTES 37

/* meshgw_hello_ja4 writes the JA4 fingerprint (FoxIO) of the hello at the start
 * of `data` as NUL-terminated text to `out`, MESHGW_JA4_BYTES long. Returns the
 * verdict. Takes a few microseconds. Thread-safe. since 0.1 */
MESHGW_API meshgw_status meshgw_hello_ja4(const uint8_t *data, size_t len,
                                          const meshgw_hello_options *options,
                                          uint8_t *scratch, size_t scratch_len,
                                          char *out);

/* --- Connect server names ------------------------------------------------- */

enum {
  MESHGW_NAME_SERVICE = 1, /* [subset.]service.ns.[partition.]dc.internal.td */
  MESHGW_NAME_GATEWAY = 2, /* [partition.]dc.internal[-v1].td */
  MESHGW_NAME_PREPARED_QUERY = 3, /* query.default.dc.query.td */
  MESHGW_NAME_EXPORTED = 4,       /* service.ns.partition.peer.external.td */
  MESHGW_NAME_SERVER = 5,         /* [node.]server.dc.domain */
  MESHGW_NAME_PEERING_SERVER = 6  /* server.dc.peering.td */
};
/* "service", "gateway", ..., "unknown". Static. Thread-safe. since 0.1 */
MESHGW_API const char *meshgw_name_kind_name(int32_t kind);

/* meshgw_name_parts are the parts of a Consul server name (SNI), of which each
 * kind has some. Source: Consul agent/connect/sni.go. */
typedef struct meshgw_name_parts {
  size_t struct_size;
  int32_t kind; /* MESHGW_NAME_* */
  uint32_t reserved;
  meshgw_str subset;
  meshgw_str service;
  meshgw_str name_space; /* Empty in: "default". */
  meshgw_str partition;  /* Empty in: "default". */
  meshgw_str datacenter;
  meshgw_str peer;
  meshgw_str node;
  meshgw_str trust_domain; /* "<cluster id>.consul". */
} meshgw_name_parts;
#define MESHGW_NAME_PARTS_INIT                                              \
  {                                                                         \
    sizeof(meshgw_name_parts), 0, 0, MESHGW_STR_INIT, MESHGW_STR_INIT,      \
        MESHGW_STR_INIT, MESHGW_STR_INIT, MESHGW_STR_INIT, MESHGW_STR_INIT, \
        MESHGW_STR_INIT, MESHGW_STR_INIT                                    \
  }

/* meshgw_name is a name taken apart. Immutable. */
typedef struct meshgw_name meshgw_name;

/* meshgw_name_parse takes a name apart, in any case; parts come back in lower
 * case. `server_domain` is the agents' domain, empty: "consul".
 * MESHGW_ERR_INVALID_ARGUMENT with the label and what was expected for a name
 * of no known form. Consul joins parts by dots without escaping, so a name does
 * not always say which parts it was made of: route by whole names, and parse
 * for people. Thread-safe. since 0.1 */
MESHGW_API meshgw_status meshgw_name_parse(meshgw_str name,
                                           meshgw_str server_domain,
                                           meshgw_name **out,
                                           meshgw_error **err);
/* The strings of `out` are borrowed from the name. since 0.1 */
MESHGW_API meshgw_status meshgw_name_get(const meshgw_name *name,
                                         meshgw_name_parts *out);
MESHGW_API void meshgw_name_free(meshgw_name *name);

/* meshgw_name_format joins parts as Consul does.
 * MESHGW_ERR_INVALID_ARGUMENT when one that the kind needs is empty.
 * Thread-safe. since 0.1 */
MESHGW_API meshgw_status meshgw_name_format(const meshgw_name_parts *parts,
                                            meshgw_string **out,
                                            meshgw_error **err);

/* --- Mesh gateway modes --------------------------------------------------- */

enum {
  MESHGW_MODE_DEFAULT = 0, /* Not set: a lower layer decides. */
  MESHGW_MODE_NONE = 1,    /* Dial the service instance itself. */
  MESHGW_MODE_LOCAL = 2,   /* Dial a gateway of the source's datacenter. */
  MESHGW_MODE_REMOTE = 3   /* Dial a gateway of the destination's. */
};
/* Consul's spelling; "" for MESHGW_MODE_DEFAULT, "unknown" for other values.
 * Static. Thread-safe. since 0.1 */
MESHGW_API const char *meshgw_mode_name(int32_t mode);
/* meshgw_mode_parse reads Consul's spelling; case matters.
 * MESHGW_ERR_INVALID_ARGUMENT has Consul's own message. Thread-safe.
 * since 0.1 */
MESHGW_API meshgw_status meshgw_mode_parse(meshgw_str text, int32_t *out,
                                           meshgw_error **err);

enum {
  MESHGW_RULES_LATEST = 0, /* Today's Consul, with UpstreamConfig. */
  MESHGW_RULES_V1_6 = 1    /* Upstream, instance, service-, proxy-defaults. */
};

/* The layer that a mode comes from. */
enum {
  MESHGW_SOURCE_BUILT_IN = 0, /* Nothing is set anywhere. */
  MESHGW_SOURCE_UPSTREAM = 1,
  MESHGW_SOURCE_UPSTREAM_OVERRIDE = 2,
  MESHGW_SOURCE_PROXY_INSTANCE = 3,
  MESHGW_SOURCE_UPSTREAM_DEFAULTS = 4,
  MESHGW_SOURCE_SERVICE_DEFAULTS = 5,
  MESHGW_SOURCE_PROXY_DEFAULTS = 6,
  MESHGW_SOURCE_DESTINATION_DEFAULTS = 7
};
/* "built_in", "upstream", ..., "unknown". Static. Thread-safe. since 0.1 */
MESHGW_API const char *meshgw_source_name(int32_t source);

/* Why a mode that was set is not applied. */
enum {
  MESHGW_VETO_NONE = 0,
  MESHGW_VETO_SAME_DATACENTER = 1,
  MESHGW_VETO_EXTERNAL_SNI = 2,
  MESHGW_VETO_PREPARED_QUERY = 3
};
/* "none", "same_datacenter", ..., "unknown". Static. Thread-safe. since 0.1 */
MESHGW_API const char *meshgw_veto_name(int32_t veto);

/* What a sidecar dials. */
enum {
  MESHGW_DIAL_INSTANCE = 0,
  MESHGW_DIAL_LOCAL_GATEWAY = 1,
  MESHGW_DIAL_REMOTE_GATEWAY = 2,
  MESHGW_DIAL_PEER_GATEWAY = 3
};
/* "instance", "local_gateway", ..., "unknown". Static. Thread-safe.
 * since 0.1 */
MESHGW_API const char *meshgw_dial_name(int32_t dial);

/* meshgw_mode_layers holds what each layer says (MESHGW_MODE_*). */
typedef struct meshgw_mode_layers {
  size_t struct_size;
  int32_t upstream;             /* proxy.upstreams[].mesh_gateway */
  int32_t upstream_override;    /* UpstreamConfig.Overrides[] */
  int32_t proxy_instance;       /* proxy.mesh_gateway */
  int32_t upstream_defaults;    /* UpstreamConfig.Defaults */
  int32_t service_defaults;     /* Of the source service. */
  int32_t proxy_defaults;       /* "global" */
  int32_t destination_defaults; /* service-defaults of the destination. */
  int32_t reserved;
} meshgw_mode_layers;
#define MESHGW_MODE_LAYERS_INIT \
  { sizeof(meshgw_mode_layers), 0, 0, 0, 0, 0, 0, 0, 0 }

/* meshgw_mode_target says where source and destination are. */
typedef struct meshgw_mode_target {
  size_t struct_size;
  meshgw_str source_datacenter;
  meshgw_str source_partition; /* Empty: "default". */
  meshgw_str datacenter;
  meshgw_str partition;       /* Empty: "default". */
  meshgw_str peer;            /* Not empty: reached by cluster peering. */
  uint32_t has_external_sni;  /* 0 or 1: ExternalSNI of the destination. */
  uint32_t is_prepared_query; /* 0 or 1: these never use gateways. */
} meshgw_mode_target;
#define MESHGW_MODE_TARGET_INIT                                   \
  {                                                               \
    sizeof(meshgw_mode_target), MESHGW_STR_INIT, MESHGW_STR_INIT, \
        MESHGW_STR_INIT, MESHGW_STR_INIT, MESHGW_STR_INIT, 0, 0   \
  }

typedef struct meshgw_mode_decision { /* 20 bytes. Frozen. */
  int32_t mode;                       /* MESHGW_MODE_*, never DEFAULT. */
  int32_t source;                     /* MESHGW_SOURCE_* */
  int32_t veto;                       /* MESHGW_VETO_* */
  int32_t dial;                       /* MESHGW_DIAL_* */
  uint8_t applies;                    /* 1: the mode changes what is dialled. */
  uint8_t wan_address;          /* 1: the WAN-tagged address is dialled. */
  uint8_t none_taken_as_remote; /* 1: peering knows no `none`. */
  uint8_t reserved;
} meshgw_mode_decision;

/* meshgw_mode_resolve decides as a Consul sidecar does (agent/configentry/
 * resolve.go, agent/xds/endpoints.go). `rules` is MESHGW_RULES_*.
 * MESHGW_ERR_INVALID_ARGUMENT for a value that is none of its enumeration.
 * Never allocates but for `err`. Thread-safe. since 0.1 */
MESHGW_API meshgw_status meshgw_mode_resolve(const meshgw_mode_layers *layers,
                                             const meshgw_mode_target *target,
                                             int32_t rules,
                                             meshgw_mode_decision *out,
                                             meshgw_error **err);

/* meshgw_mode_explanation is a decision with every layer, highest precedence
 * first. Immutable. */
typedef struct meshgw_mode_explanation meshgw_mode_explanation;

typedef struct meshgw_mode_layer {
  size_t struct_size;
  int32_t source;     /* MESHGW_SOURCE_* */
  int32_t value;      /* MESHGW_MODE_* */
  uint8_t considered; /* 0: these rules do not know the layer. */
  uint8_t won;
  uint16_t reserved;
  uint32_t line;   /* Where it is written, from 1; 0: nowhere. */
  uint32_t column; /* From 1, in bytes. */
  uint32_t reserved2;
  meshgw_str file; /* Empty unless a catalog was asked. */
  meshgw_str why;  /* A sentence: why it won or lost. */
} meshgw_mode_layer;
#define MESHGW_MODE_LAYER_INIT                                          \
  {                                                                     \
    sizeof(meshgw_mode_layer), 0, 0, 0, 0, 0, 0, 0, 0, MESHGW_STR_INIT, \
        MESHGW_STR_INIT                                                 \
  }

/* meshgw_mode_explain decides as meshgw_mode_resolve does, by the same code,
 * and says why. Thread-safe. since 0.1 */
MESHGW_API meshgw_status meshgw_mode_explain(const meshgw_mode_layers *layers,
                                             const meshgw_mode_target *target,
                                             int32_t rules,
                                             meshgw_mode_explanation **out,
                                             meshgw_error **err);
MESHGW_API meshgw_status meshgw_mode_explanation_decision(
    const meshgw_mode_explanation *explanation, meshgw_mode_decision *out);
/* A sentence: what is dialled and why. Borrowed. since 0.1 */
MESHGW_API meshgw_str
meshgw_mode_explanation_summary(const meshgw_mode_explanation *explanation);
MESHGW_API size_t
meshgw_mode_explanation_layer_count(const meshgw_mode_explanation *explanation);
/* Strings are borrowed. MESHGW_ERR_NOT_FOUND: no such index. since 0.1 */
MESHGW_API meshgw_status
meshgw_mode_explanation_layer_at(const meshgw_mode_explanation *explanation,
                                 size_t index, meshgw_mode_layer *out);
MESHGW_API void meshgw_mode_explanation_free(
    meshgw_mode_explanation *explanation);

/* --- Routes --------------------------------------------------------------- */

/* meshgw_routes maps server names to clusters of endpoints. Immutable, and
 * counted: _ref gives one more reference, _free takes one away, and both are
 * thread-safe. */
typedef struct meshgw_routes meshgw_routes;
typedef struct meshgw_routes_builder meshgw_routes_builder;

enum { MESHGW_HEALTH_HEALTHY = 0, MESHGW_HEALTH_UNHEALTHY = 1 };
/* "healthy", "unhealthy", "unknown". Static. Thread-safe. since 0.1 */
MESHGW_API const char *meshgw_health_name(int32_t health);

enum {
  MESHGW_CLUSTER_LOCAL_SERVICE = 0,
  MESHGW_CLUSTER_REMOTE_GATEWAY = 1,
  MESHGW_CLUSTER_SERVER = 2,
  MESHGW_CLUSTER_EXPORTED = 3,
  MESHGW_CLUSTER_OTHER = 4
};
/* "local_service", "remote_gateway", ..., "unknown". Static. Thread-safe.
 * since 0.1 */
MESHGW_API const char *meshgw_cluster_kind_name(int32_t kind);

enum {
  MESHGW_BALANCE_LEAST_REQUEST = 0, /* Weighted, of two choices. */
  MESHGW_BALANCE_ROUND_ROBIN = 1,   /* Weighted. */
  MESHGW_BALANCE_RANDOM = 2,        /* Weighted. */
  MESHGW_BALANCE_MAGLEV = 3         /* By the client's address. */
};
/* Consul's spelling: "least_request", ..., "unknown". Static. Thread-safe.
 * since 0.1 */
MESHGW_API const char *meshgw_balance_name(int32_t load_balancing);

/* Which rule matched, in the order in which they are tried. */
enum {
  MESHGW_ROUTE_EXACT = 0,
  MESHGW_ROUTE_SUFFIX = 1,
  MESHGW_ROUTE_REGEX = 2,
  MESHGW_ROUTE_DEFAULT = 3,
  MESHGW_ROUTE_NONE = 4 /* No route: close the connection. */
};
/* "exact", "suffix", "regex", "default", "none", "unknown". Static.
 * Thread-safe. since 0.1 */
MESHGW_API const char *meshgw_route_kind_name(int32_t kind);

typedef struct meshgw_endpoint {
  size_t struct_size;
  meshgw_str address; /* IP literal, host name, or "unix:/path". */
  meshgw_str id;      /* The instance's, for logs; may be empty. */
  uint32_t port;      /* 1..65535; 0 only with "unix:". */
  uint32_t weight;    /* 1..128; 0 in: 1. */
  int32_t health;     /* MESHGW_HEALTH_* */
  uint32_t priority;  /* A larger one only when no smaller has a healthy. */
} meshgw_endpoint;
#define MESHGW_ENDPOINT_INIT \
  { sizeof(meshgw_endpoint), MESHGW_STR_INIT, MESHGW_STR_INIT, 0, 0, 0, 0 }

typedef struct meshgw_cluster {
  size_t struct_size;
  meshgw_str name;       /* Unique in a table. */
  meshgw_str service;    /* For logs; may be empty. */
  meshgw_str datacenter; /* For logs; may be empty. */
  /* In: the endpoints, elements of the size that the first one's struct_size
   * says. Out: NULL; see meshgw_routes_endpoint_at. */
  const meshgw_endpoint *endpoints;
  size_t endpoint_count;
  /* In: names of clusters to use, in order, while this one has no endpoint to
   * use. Out: NULL; see meshgw_routes_failover_at. */
  const meshgw_str *failover;
  size_t failover_count;
  int32_t kind;                /* MESHGW_CLUSTER_* */
  int32_t load_balancing;      /* MESHGW_BALANCE_* */
  uint32_t connect_timeout_ms; /* For one endpoint. 0 in: 5000. */
  uint32_t max_connections;    /* 0: no limit. */
} meshgw_cluster;
#define MESHGW_CLUSTER_INIT                                                    \
  {                                                                            \
    sizeof(meshgw_cluster), MESHGW_STR_INIT, MESHGW_STR_INIT, MESHGW_STR_INIT, \
        NULL, 0, NULL, 0, 0, 0, 0, 0                                           \
  }

/* since 0.1 */
MESHGW_API meshgw_status
meshgw_routes_builder_create(meshgw_routes_builder **out, meshgw_error **err);
/* MESHGW_ERR_ALREADY_EXISTS for a name that is taken;
 * MESHGW_ERR_INVALID_ARGUMENT for an endpoint that cannot be. since 0.1 */
MESHGW_API meshgw_status meshgw_routes_builder_add_cluster(
    meshgw_routes_builder *builder, const meshgw_cluster *cluster,
    meshgw_error **err);
/* meshgw_routes_builder_add adds a rule that leads to the cluster of that name:
 * MESHGW_ROUTE_EXACT: `match` is a whole name in any case. _SUFFIX: "*.x"
 * matches one or more labels before x, and the longest x wins. _REGEX: RE2
 * syntax for the whole lower-cased name, tried in the order given. _DEFAULT:
 * anything else; `match` is empty. `origin` says where the rule comes from, for
 * people; may be empty. MESHGW_ERR_ALREADY_EXISTS, MESHGW_ERR_INVALID_ARGUMENT
 * with what is wrong. since 0.1 */
MESHGW_API meshgw_status meshgw_routes_builder_add(
    meshgw_routes_builder *builder, int32_t kind, meshgw_str match,
    meshgw_str cluster, meshgw_str origin, meshgw_error **err);
/* meshgw_routes_builder_build makes the table. The builder is used up then and
 * takes nothing more but _free. MESHGW_ERR_NOT_FOUND for a rule or failover
 * whose cluster was not added. since 0.1 */
MESHGW_API meshgw_status meshgw_routes_builder_build(
    meshgw_routes_builder *builder, meshgw_routes **out, meshgw_error **err);
MESHGW_API void meshgw_routes_builder_free(meshgw_routes_builder *builder);

/* Returns `routes`. NULL gives NULL. Thread-safe. since 0.1 */
MESHGW_API meshgw_routes *meshgw_routes_ref(meshgw_routes *routes);
MESHGW_API void meshgw_routes_free(meshgw_routes *routes);

typedef struct meshgw_route_match { /* 8 bytes. Frozen. */
  int32_t kind;    /* MESHGW_ROUTE_*; NONE also for NULL routes. */
  int32_t cluster; /* Index of the cluster; -1: none. */
} meshgw_route_match;

/* meshgw_routes_lookup finds the rule for a name, in any case; one trailing dot
 * is ignored. Its cost does not depend on the number of exact and suffix rules.
 * Allocates only where patterns are tried. Thread-safe. since 0.1 */
MESHGW_API meshgw_route_match meshgw_routes_lookup(const meshgw_routes *routes,
                                                   meshgw_str server_name);

MESHGW_API size_t meshgw_routes_cluster_count(const meshgw_routes *routes);
/* Strings are borrowed from the routes. MESHGW_ERR_NOT_FOUND: no such index.
 * since 0.1 */
MESHGW_API meshgw_status meshgw_routes_cluster_at(const meshgw_routes *routes,
                                                  size_t cluster,
                                                  meshgw_cluster *out);
MESHGW_API meshgw_status meshgw_routes_endpoint_at(const meshgw_routes *routes,
                                                   size_t cluster,
                                                   size_t endpoint,
                                                   meshgw_endpoint *out);
/* The index of the cluster to use in the `index`th place. since 0.1 */
MESHGW_API meshgw_status meshgw_routes_failover_at(const meshgw_routes *routes,
                                                   size_t cluster, size_t index,
                                                   size_t *out);

typedef struct meshgw_route {
  size_t struct_size;
  int32_t kind;     /* MESHGW_ROUTE_* */
  int32_t cluster;  /* Its index. */
  meshgw_str match; /* The name, "*.suffix", the pattern, or "*". */
  meshgw_str cluster_name;
  meshgw_str origin;
} meshgw_route;
#define MESHGW_ROUTE_INIT                                         \
  {                                                               \
    sizeof(meshgw_route), 0, 0, MESHGW_STR_INIT, MESHGW_STR_INIT, \
        MESHGW_STR_INIT                                           \
  }

/* All rules: exact and suffix ones by name, patterns in order, the default.
 * Strings are borrowed from the routes. since 0.1 */
MESHGW_API size_t meshgw_routes_rule_count(const meshgw_routes *routes);
MESHGW_API meshgw_status meshgw_routes_rule_at(const meshgw_routes *routes,
                                               size_t index, meshgw_route *out);

/* meshgw_route_explanation is all that a look-up considers, in its order.
 * Immutable. */
typedef struct meshgw_route_explanation meshgw_route_explanation;

typedef struct meshgw_route_candidate {
  size_t struct_size;
  int32_t kind;    /* MESHGW_ROUTE_* */
  uint8_t matched; /* There is such a rule and it matches. */
  uint8_t won;
  uint16_t reserved;
  meshgw_str match;        /* The key looked up, or the pattern tried. */
  meshgw_str cluster_name; /* Empty: there is no such rule. */
  meshgw_str why;          /* A sentence. */
} meshgw_route_candidate;
#define MESHGW_ROUTE_CANDIDATE_INIT                              \
  {                                                              \
    sizeof(meshgw_route_candidate), 0, 0, 0, 0, MESHGW_STR_INIT, \
        MESHGW_STR_INIT, MESHGW_STR_INIT                         \
  }

/* meshgw_routes_explain finds what meshgw_routes_lookup finds, by the same
 * code, and says why. Thread-safe. since 0.1 */
MESHGW_API meshgw_status meshgw_routes_explain(const meshgw_routes *routes,
                                               meshgw_str server_name,
                                               meshgw_route_explanation **out,
                                               meshgw_error **err);
MESHGW_API meshgw_route_match
meshgw_route_explanation_match(const meshgw_route_explanation *explanation);
MESHGW_API size_t
meshgw_route_explanation_count(const meshgw_route_explanation *explanation);
MESHGW_API meshgw_status
meshgw_route_explanation_at(const meshgw_route_explanation *explanation,
                            size_t index, meshgw_route_candidate *out);
MESHGW_API void meshgw_route_explanation_free(
    meshgw_route_explanation *explanation);

/* --- Configuration and catalogs ------------------------------------------- */

enum {
  MESHGW_FORMAT_BY_EXTENSION = 0, /* ".json", ".hcl" of the file's name. */
  MESHGW_FORMAT_HCL = 1,
  MESHGW_FORMAT_JSON = 2
};
/* "by_extension", "hcl", "json", "unknown". Static. Thread-safe. since 0.1 */
MESHGW_API const char *meshgw_format_name(int32_t format);

/* A file's name (for messages, and its extension) and contents. */
typedef struct meshgw_config_file {
  size_t struct_size;
  meshgw_str name;
  meshgw_str contents;
  int32_t format; /* MESHGW_FORMAT_* */
  uint32_t reserved;
} meshgw_config_file;
#define MESHGW_CONFIG_FILE_INIT \
  { sizeof(meshgw_config_file), MESHGW_STR_INIT, MESHGW_STR_INIT, 0, 0 }

/* meshgw_config is what the files of one Consul agent say. Immutable. */
typedef struct meshgw_config meshgw_config;

/* meshgw_config_parse reads `count` files in order as one agent's: agent files
 * and stand-alone config entries, in HCL1 or JSON. `files` are elements of the
 * size that the first one's struct_size says. Every mistake is found:
 * MESHGW_ERR_INVALID_ARGUMENT then, with a detail in `err` for each (the first
 * 100), and no config. Input is bounded (16 MiB a file, depth 64, 1 Mi values):
 * beyond is a mistake too. Thread-safe. since 0.1 */
MESHGW_API meshgw_status meshgw_config_parse(const meshgw_config_file *files,
                                             size_t count, meshgw_config **out,
                                             meshgw_error **err);
/* meshgw_config_load reads the file at `path`, or the .hcl and .json files of
 * the folder there in Consul's order. Also MESHGW_ERR_NOT_FOUND and
 * MESHGW_ERR_PERMISSION_DENIED. Reads files. Thread-safe. since 0.1 */
MESHGW_API meshgw_status meshgw_config_load(meshgw_str path,
                                            meshgw_config **out,
                                            meshgw_error **err);
/* Borrowed; empty: the files do not say. since 0.1 */
MESHGW_API meshgw_str meshgw_config_datacenter(const meshgw_config *config);
MESHGW_API size_t meshgw_config_service_count(const meshgw_config *config);
/* What is valid and has no effect here. Strings are borrowed. since 0.1 */
MESHGW_API size_t meshgw_config_warning_count(const meshgw_config *config);
MESHGW_API meshgw_status meshgw_config_warning_at(const meshgw_config *config,
                                                  size_t index,
                                                  meshgw_error_detail *out);
/* Filters of subsets that cannot be read: mistakes, of which each breaks only
 * its own subset. Strings are borrowed. since 0.1 */
MESHGW_API size_t meshgw_config_filter_error_count(const meshgw_config *config);
MESHGW_API meshgw_status meshgw_config_filter_error_at(
    const meshgw_config *config, size_t index, meshgw_error_detail *out);
MESHGW_API void meshgw_config_free(meshgw_config *config);

/* meshgw_catalog is a static catalog: the configuration of one agent for each
 * datacenter. Immutable. */
typedef struct meshgw_catalog meshgw_catalog;

/* meshgw_catalog_load reads `directory`: a folder for each datacenter. Errors
 * as meshgw_config_load; also datacenters given twice, none at all, or no
 * cluster_id. Reads files. Thread-safe. since 0.1 */
MESHGW_API meshgw_status meshgw_catalog_load(meshgw_str directory,
                                             meshgw_catalog **out,
                                             meshgw_error **err);
/* meshgw_catalog_create makes a catalog of `count` configs, which it copies;
 * each must name its datacenter. Thread-safe. since 0.1 */
MESHGW_API meshgw_status
meshgw_catalog_create(const meshgw_config *const *configs, size_t count,
                      meshgw_catalog **out, meshgw_error **err);
MESHGW_API size_t
meshgw_catalog_datacenter_count(const meshgw_catalog *catalog);
/* By name. Borrowed; empty: no such index. since 0.1 */
MESHGW_API meshgw_str
meshgw_catalog_datacenter_at(const meshgw_catalog *catalog, size_t index);
MESHGW_API meshgw_str meshgw_catalog_primary(const meshgw_catalog *catalog);
/* Those of its configs, and what of the catalog as a whole has no effect.
 * Strings are borrowed. since 0.1 */
MESHGW_API size_t meshgw_catalog_warning_count(const meshgw_catalog *catalog);
MESHGW_API meshgw_status meshgw_catalog_warning_at(
    const meshgw_catalog *catalog, size_t index, meshgw_error_detail *out);
/* As meshgw_config_filter_error_at. since 0.1 */
MESHGW_API size_t
meshgw_catalog_filter_error_count(const meshgw_catalog *catalog);
MESHGW_API meshgw_status meshgw_catalog_filter_error_at(
    const meshgw_catalog *catalog, size_t index, meshgw_error_detail *out);
MESHGW_API void meshgw_catalog_free(meshgw_catalog *catalog);

/* meshgw_catalog_routes makes the routes of a mesh gateway of `datacenter`:
 * of the one with that `gateway_id`; empty: of the only one, or of one with the
 * defaults where the catalog has none. MESHGW_ERR_NOT_FOUND for an unknown
 * datacenter or gateway; MESHGW_ERR_FAILED_PRECONDITION when there are several
 * gateways and none is named. `warnings` is nullable: parts that could not be
 * used, a line each, empty when there are none; a hundred at most, with how
 * many more there are in a last line. Thread-safe. since 0.1 */
MESHGW_API meshgw_status meshgw_catalog_routes(
    const meshgw_catalog *catalog, meshgw_str datacenter, meshgw_str gateway_id,
    meshgw_routes **out, meshgw_string **warnings, meshgw_error **err);

typedef struct meshgw_upstream_query {
  size_t struct_size;
  meshgw_str datacenter; /* Where the source service runs. */
  meshgw_str service;    /* The source service. */
  /* The upstream's destination name; "prepared_query:<name>" for a query that
   * has the name of a service. */
  meshgw_str upstream;
  meshgw_str upstream_datacenter; /* Empty: what the definition says. */
  meshgw_str proxy_id;            /* Empty: the only proxy. */
  int32_t rules;                  /* MESHGW_RULES_* */
  uint32_t reserved;
} meshgw_upstream_query;
#define MESHGW_UPSTREAM_QUERY_INIT                                   \
  {                                                                  \
    sizeof(meshgw_upstream_query), MESHGW_STR_INIT, MESHGW_STR_INIT, \
        MESHGW_STR_INIT, MESHGW_STR_INIT, MESHGW_STR_INIT, 0, 0      \
  }

/* meshgw_catalog_explain_mode resolves the mode of one upstream as a sidecar in
 * that datacenter would, with the place of each layer. MESHGW_ERR_NOT_FOUND for
 * what the catalog does not have; MESHGW_ERR_FAILED_PRECONDITION when the
 * service has several proxies and none is named. Thread-safe. since 0.1 */
MESHGW_API meshgw_status meshgw_catalog_explain_mode(
    const meshgw_catalog *catalog, const meshgw_upstream_query *query,
    meshgw_mode_explanation **out, meshgw_error **err);

/* meshgw_upstream_target is where the upstream leads. Empty in what
 * meshgw_mode_explain gave. */
typedef struct meshgw_upstream_target {
  size_t struct_size;
  meshgw_str source_datacenter;
  meshgw_str datacenter;  /* After redirects of resolvers. */
  meshgw_str service;     /* After redirects of resolvers. */
  meshgw_str server_name; /* The SNI that the sidecar sends. */
} meshgw_upstream_target;
#define MESHGW_UPSTREAM_TARGET_INIT                                   \
  {                                                                   \
    sizeof(meshgw_upstream_target), MESHGW_STR_INIT, MESHGW_STR_INIT, \
        MESHGW_STR_INIT, MESHGW_STR_INIT                              \
  }
/* Strings are borrowed from the explanation. since 0.1 */
MESHGW_API meshgw_status meshgw_mode_explanation_target(
    const meshgw_mode_explanation *explanation, meshgw_upstream_target *out);
/* What the sidecar dials, with health; none in what meshgw_mode_explain gave,
 * and none for a prepared query, which finds instances only when it runs.
 * Strings are borrowed. MESHGW_ERR_NOT_FOUND: no such index. since 0.1 */
MESHGW_API size_t
meshgw_mode_explanation_dial_count(const meshgw_mode_explanation *explanation);
MESHGW_API meshgw_status
meshgw_mode_explanation_dial_at(const meshgw_mode_explanation *explanation,
                                size_t index, meshgw_endpoint *out);

/* meshgw_upstream_failover is where a sidecar turns when all instances of the
 * target, and of the failovers in front of this one, are unhealthy. */
typedef struct meshgw_upstream_failover {
  size_t struct_size;
  meshgw_str datacenter;
  meshgw_str partition;
  meshgw_str service;
  meshgw_str subset; /* Empty: all instances. */
  meshgw_str peer;   /* Empty: not in another cluster. */
  meshgw_str server_name;
  meshgw_mode_decision decision;
  uint32_t reserved;
  size_t dial_count;
} meshgw_upstream_failover;
#define MESHGW_UPSTREAM_FAILOVER_INIT                                       \
  {                                                                         \
    sizeof(meshgw_upstream_failover), MESHGW_STR_INIT, MESHGW_STR_INIT,     \
        MESHGW_STR_INIT, MESHGW_STR_INIT, MESHGW_STR_INIT, MESHGW_STR_INIT, \
        {0, 0, 0, 0, 0, 0, 0, 0}, 0, 0                                      \
  }
/* In order, from the resolver of the target; none in what meshgw_mode_explain
 * gave. Strings are borrowed. MESHGW_ERR_NOT_FOUND: no such index. since 0.1 */
MESHGW_API size_t meshgw_mode_explanation_failover_count(
    const meshgw_mode_explanation *explanation);
MESHGW_API meshgw_status meshgw_mode_explanation_failover_at(
    const meshgw_mode_explanation *explanation, size_t index,
    meshgw_upstream_failover *out);
/* What the sidecar dials there. since 0.1 */
MESHGW_API meshgw_status meshgw_mode_explanation_failover_dial_at(
    const meshgw_mode_explanation *explanation, size_t failover, size_t index,
    meshgw_endpoint *out);

/* --- Carrying bytes between two sockets ----------------------------------- */

enum { MESHGW_SIDE_CLIENT = 0, MESHGW_SIDE_SERVER = 1 };

/* How carrying ended. */
enum {
  MESHGW_SPLICE_RUNNING = 0,
  MESHGW_SPLICE_FINISHED = 1, /* FIN both ways, and every byte delivered. */
  MESHGW_SPLICE_CLIENT_RESET = 2,
  MESHGW_SPLICE_SERVER_RESET = 3,
  MESHGW_SPLICE_FAILED = 4,   /* A system call failed; see error. */
  MESHGW_SPLICE_CANCELLED = 5 /* By meshgw_splice_loop_cancel. */
};
/* "running", "finished", ..., "unknown". Static. Thread-safe. since 0.1 */
MESHGW_API const char *meshgw_splice_end_name(int32_t end);

/* What epoll must watch both sides for, set once: EPOLLIN | EPOLLOUT | EPOLLPRI
 * | EPOLLRDHUP | EPOLLET. */
#define MESHGW_SPLICE_EVENTS UINT32_C(0x80002007)

typedef struct meshgw_splice_state { /* 40 bytes. Frozen. */
  int32_t end;                       /* MESHGW_SPLICE_* */
  int32_t error;                     /* The errno behind it, else 0. */
  uint64_t bytes_to_server;
  uint64_t bytes_to_client;
  uint64_t spliced_bytes; /* Of both; the rest was copied. */
  uint8_t client_fin;     /* 1: FIN was received from the client. */
  uint8_t server_fin;
  uint8_t pending; /* 1: bytes that were read wait to be taken. */
  uint8_t reserved[5];
} meshgw_splice_state;

typedef struct meshgw_splice_options {
  size_t struct_size;
  uint64_t max_kept_bytes; /* For sides that take nothing. 0: 64 MiB. */
  uint32_t copy_bytes;     /* What one read copies at most. 0: 32 KiB. */
  uint32_t pipe_bytes;     /* 0: 256 KiB. */
  uint32_t max_pipes;      /* 0: 64. UINT32_MAX: never splice, copy. */
  uint32_t reserved;
} meshgw_splice_options;
#define MESHGW_SPLICE_OPTIONS_INIT \
  { sizeof(meshgw_splice_options), 0, 0, 0, 0, 0 }

/* meshgw_splice_pool holds what the splicers of one thread share. It must
 * outlive them. */
typedef struct meshgw_splice_pool meshgw_splice_pool;
/* `options` is nullable. since 0.1 */
MESHGW_API meshgw_status
meshgw_splice_pool_create(const meshgw_splice_options *options,
                          meshgw_splice_pool **out, meshgw_error **err);
MESHGW_API void meshgw_splice_pool_free(meshgw_splice_pool *pool);

/* meshgw_splicer carries bytes both ways between two connected, non-blocking
 * stream sockets, driven by the caller's own loop: whole, in order, FIN after
 * the last byte; a half-closed connection keeps flowing the other way. Watch
 * both descriptors with MESHGW_SPLICE_EVENTS and call _run on each event.
 * SIGPIPE must be blocked or ignored in the calling thread (splice(2) has no
 * MSG_NOSIGNAL). Used by one thread together with its pool. */
typedef struct meshgw_splicer meshgw_splicer;
/* The descriptors stay the caller's. MESHGW_ERR_INVALID_ARGUMENT for one that
 * is closed, blocking, or no connected stream socket; MESHGW_ERR_UNAVAILABLE
 * for one whose connection has ended (it was reset, say). since 0.1 */
MESHGW_API meshgw_status meshgw_splicer_create(meshgw_splice_pool *pool,
                                               int32_t client_fd,
                                               int32_t server_fd,
                                               meshgw_splicer **out,
                                               meshgw_error **err);
/* meshgw_splicer_send_first sends bytes that were already read from the client
 * (its hello) to the server, before anything else: call it before the first
 * _run. What the socket does not take is copied. MESHGW_ERR_FAILED_PRECONDITION
 * after the first _run, or a second time. MESHGW_ERR_NO_MEMORY: a part may have
 * been sent; reset both. since 0.1 */
MESHGW_API meshgw_status meshgw_splicer_send_first(meshgw_splicer *splicer,
                                                   const uint8_t *data,
                                                   size_t len,
                                                   meshgw_error **err);
/* meshgw_splicer_run carries what can be carried now. `events` is the epoll
 * mask of `side` (MESHGW_SIDE_*), 0 when there was none. Call it once with 0
 * for each side after creation. 1: the budget of this turn ran out, call again
 * soon without waiting; 0: wait for events, or it has ended; -1: an argument is
 * invalid. since 0.1 */
MESHGW_API int32_t meshgw_splicer_run(meshgw_splicer *splicer, int32_t side,
                                      uint32_t events);
MESHGW_API meshgw_status meshgw_splicer_get(const meshgw_splicer *splicer,
                                            meshgw_splice_state *out);
MESHGW_API void meshgw_splicer_free(meshgw_splicer *splicer);
/* meshgw_reset_on_close makes closing `fd` send RST instead of FIN: how a reset
 * of one side is passed on to the other. since 0.1 */
MESHGW_API void meshgw_reset_on_close(int32_t fd);

/* meshgw_splice_loop carries bytes between many pairs on one thread: a loop for
 * those who have none. _add, _cancel, _stop, _event_fd, _next and _size are
 * thread-safe, _run belongs to one thread at a time. A pair that there is no
 * memory for ends with MESHGW_SPLICE_FAILED (ENOMEM); the loop goes on. */
typedef struct meshgw_splice_loop meshgw_splice_loop;

typedef struct meshgw_splice_result { /* 48 bytes. Frozen. */
  uint64_t tag;                       /* As given to _add. */
  meshgw_splice_state state;
} meshgw_splice_result;

MESHGW_API meshgw_status
meshgw_splice_loop_create(const meshgw_splice_options *options,
                          meshgw_splice_loop **out, meshgw_error **err);
/* meshgw_splice_loop_add takes over two connected stream sockets, makes them
 * non-blocking and sends `data` (copied; the client's hello) to the server
 * first. `tag` comes back with the result. MESHGW_ERR_INVALID_ARGUMENT for what
 * is no connected stream socket, MESHGW_ERR_UNAVAILABLE for a connection that
 * has ended. Thread-safe. since 0.1 */
MESHGW_API meshgw_status meshgw_splice_loop_add(
    meshgw_splice_loop *loop, int32_t take_client_fd, int32_t take_server_fd,
    const uint8_t *data, size_t len, uint64_t tag, meshgw_error **err);
/* meshgw_splice_loop_cancel resets the pairs that were added with `tag`, soon:
 * their results say MESHGW_SPLICE_CANCELLED, unless they have ended meanwhile.
 * Looks at each pair. Thread-safe. since 0.1 */
MESHGW_API meshgw_status meshgw_splice_loop_cancel(meshgw_splice_loop *loop,
                                                   uint64_t tag);
/* meshgw_splice_loop_run blocks and carries until _stop. SIGPIPE is blocked in
 * the thread meanwhile. A later _run goes on. since 0.1 */
MESHGW_API meshgw_status meshgw_splice_loop_run(meshgw_splice_loop *loop);
/* meshgw_splice_loop_run_until_empty also ends when no pair is left.
 * since 0.1 */
MESHGW_API meshgw_status
meshgw_splice_loop_run_until_empty(meshgw_splice_loop *loop);
MESHGW_API void meshgw_splice_loop_stop(meshgw_splice_loop *loop);
/* Pairs that were added and have not ended. since 0.1 */
MESHGW_API size_t meshgw_splice_loop_size(const meshgw_splice_loop *loop);
/* A descriptor that is readable while results wait. Borrowed: poll it, do not
 * read it. -1 for NULL. since 0.1 */
MESHGW_API int32_t meshgw_splice_loop_event_fd(const meshgw_splice_loop *loop);
/* Moves up to `capacity` results to `out`, oldest first, and returns how many.
 * Results wait without a limit of their own: one for each pair. since 0.1 */
MESHGW_API size_t meshgw_splice_loop_next(meshgw_splice_loop *loop,
                                          meshgw_splice_result *out,
                                          size_t capacity);
/* Resets the pairs that are left. Not while _run runs. since 0.1 */
MESHGW_API void meshgw_splice_loop_free(meshgw_splice_loop *loop);

/* --- Gateway -------------------------------------------------------------- */

/* meshgw_gateway accepts connections, reads their hello, finds the route,
 * connects, and carries the bytes, on threads of its own that block all
 * signals. A connection that there is no memory for is reset
 * (MESHGW_REASON_FAILED, ENOMEM), and accepting pauses for a moment.
 * Thread-safe, but for _free. */
typedef struct meshgw_gateway meshgw_gateway;

/* Turns a time-out off, where that can be. */
#define MESHGW_NEVER UINT32_MAX

typedef struct meshgw_gateway_options {
  size_t struct_size;
  uint32_t workers;                /* Threads. 0: one for each CPU. */
  uint32_t max_connections;        /* At once. 0: by the descriptor limit. */
  uint32_t max_pending_hellos;     /* Of one listener. 0: 1024. */
  uint32_t hello_timeout_ms;       /* From accept. 0: 5000. */
  uint32_t idle_timeout_ms;        /* 0: 3600000. MESHGW_NEVER. */
  uint32_t half_closed_timeout_ms; /* 0: 300000. MESHGW_NEVER. */
  uint32_t max_connect_attempts;   /* Endpoints tried. 0: 3; at most 8. */
  uint32_t max_pipes;              /* 0: half of pipe-user-pages-soft. */
  uint64_t max_hello_buffer_bytes; /* Of all workers. 0: 64 MiB. */
  uint64_t max_kept_bytes;         /* For sides that take nothing. 0: 64 MiB. */
  uint32_t dns_refresh_s;          /* Host names of endpoints. 0: 10. */
  /* Events (see meshgw_event) that may wait. 0: none are made. More than that
   * are dropped and counted. */
  uint32_t max_events;
  uint8_t route_without_server_name; /* 1: the default route may match it. */
  uint8_t route_not_tls;             /* 1: the default route may match it. */
  uint8_t reserved[6];
  /* struct_size 0: all defaults. Frozen here: what hellos may get later goes
   * to the end of this struct. */
  meshgw_hello_options hello;
} meshgw_gateway_options;
#define MESHGW_GATEWAY_OPTIONS_INIT                                           \
  {                                                                           \
    sizeof(meshgw_gateway_options), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, \
        {0}, {                                                                \
      0, 0, 0, 0, 0, 0, 0, 0                                                  \
    }                                                                         \
  }

/* meshgw_gateway_default_options writes what zero stands for in each field (0
 * where it is worked out at creation). since 0.1 */
MESHGW_API meshgw_status
meshgw_gateway_default_options(meshgw_gateway_options *out);

/* meshgw_gateway_create makes a gateway without listeners; nothing runs yet.
 * `options` and `routes` are nullable: without routes every connection is
 * closed. It takes its own reference to the routes. since 0.1 */
MESHGW_API meshgw_status meshgw_gateway_create(
    const meshgw_gateway_options *options, meshgw_routes *routes,
    meshgw_gateway **out, meshgw_error **err);

/* meshgw_gateway_listen binds `address` ("127.0.0.1:8443", "[::]:8443",
 * "unix:/path"; port 0 takes a free one). `name` is the listener's in events.
 * `bound` (nullable) is the address that it got. MESHGW_ERR_INVALID_ARGUMENT,
 * MESHGW_ERR_PERMISSION_DENIED, MESHGW_ERR_ALREADY_EXISTS (in use),
 * MESHGW_ERR_RESOURCE_EXHAUSTED (no descriptors) or MESHGW_ERR_UNAVAILABLE name
 * the address. since 0.1 */
MESHGW_API meshgw_status meshgw_gateway_listen(meshgw_gateway *gateway,
                                               meshgw_str name,
                                               meshgw_str address,
                                               meshgw_string **bound,
                                               meshgw_error **err);
/* meshgw_gateway_listen_fd takes over a listening socket. since 0.1 */
MESHGW_API meshgw_status meshgw_gateway_listen_fd(meshgw_gateway *gateway,
                                                  meshgw_str name,
                                                  int32_t take_fd,
                                                  meshgw_error **err);
/* meshgw_gateway_serve_fd takes over one accepted connection, as if a listener
 * of that name had accepted it. After _start. MESHGW_ERR_UNAVAILABLE for one
 * that has ended already. since 0.1 */
MESHGW_API meshgw_status meshgw_gateway_serve_fd(meshgw_gateway *gateway,
                                                 meshgw_str name,
                                                 int32_t take_fd,
                                                 meshgw_error **err);
/* meshgw_gateway_start starts the threads. MESHGW_ERR_FAILED_PRECONDITION when
 * they were started. MESHGW_ERR_RESOURCE_EXHAUSTED and MESHGW_ERR_NO_MEMORY: it
 * is stopped then; free it. since 0.1 */
MESHGW_API meshgw_status meshgw_gateway_start(meshgw_gateway *gateway,
                                              meshgw_error **err);
/* meshgw_gateway_run starts the threads and blocks until _stop or _drain has
 * ended them; where either came before it, it returns MESHGW_OK at once. Errors
 * as _start: it runs a gateway once, and none that _start started.
 * since 0.1 */
MESHGW_API meshgw_status meshgw_gateway_run(meshgw_gateway *gateway,
                                            meshgw_error **err);
/* meshgw_gateway_set_routes makes new connections use `routes` (nullable), of
 * which it takes its own reference. Established ones keep theirs. The gateway's
 * reference to the old table goes here, not in a worker, which would keep
 * connections waiting: for that the call waits until the workers have the new
 * one, 100 ms at most; in a callback it does not wait. since 0.1 */
MESHGW_API meshgw_status meshgw_gateway_set_routes(meshgw_gateway *gateway,
                                                   meshgw_routes *routes);
/* meshgw_gateway_drain stops accepting, without resetting a client whose
 * handshake is complete, and blocks until every connection has ended or the
 * time has passed; then closes the rest and ends the threads. `closed`
 * (nullable): how many. A gateway that was never started is stopped by it too.
 * MESHGW_ERR_NO_MEMORY: it is not over; drain again, or stop. since 0.1 */
MESHGW_API meshgw_status meshgw_gateway_drain(meshgw_gateway *gateway,
                                              uint32_t timeout_ms,
                                              size_t *closed);
/* meshgw_gateway_stop closes everything at once and joins the threads.
 * Idempotent. since 0.1 */
MESHGW_API void meshgw_gateway_stop(meshgw_gateway *gateway);
/* Stops, if that was not done. since 0.1 */
MESHGW_API void meshgw_gateway_free(meshgw_gateway *gateway);

/* How a connection ended. */
enum {
  MESHGW_REASON_OK = 0,
  MESHGW_REASON_NO_SNI = 1,
  MESHGW_REASON_NO_ROUTE = 2,
  MESHGW_REASON_NO_HEALTHY_ENDPOINT = 3,
  MESHGW_REASON_HELLO_TIMEOUT = 4,
  MESHGW_REASON_HELLO_MALFORMED = 5,
  MESHGW_REASON_HELLO_TOO_LARGE = 6,
  MESHGW_REASON_NOT_TLS = 7,
  MESHGW_REASON_RATE_LIMITED = 8,
  MESHGW_REASON_CONNECTION_LIMIT = 9,
  MESHGW_REASON_CONNECT_FAILED = 10,
  MESHGW_REASON_CONNECT_TIMEOUT = 11,
  MESHGW_REASON_IDLE_TIMEOUT = 12,
  MESHGW_REASON_DRAINED = 13,
  MESHGW_REASON_DENIED = 14,
  MESHGW_REASON_RESET = 15,
  MESHGW_REASON_CLIENT_CLOSED = 16,
  MESHGW_REASON_FAILED = 17,
  MESHGW_REASON_HELLO_MEMORY = 18 /* max_hello_buffer_bytes */
};
/* "ok", "no_sni", ..., "unknown". Static. Thread-safe. since 0.1 */
MESHGW_API const char *meshgw_reason_name(int32_t reason);

/* A snapshot of counters, summed over the workers. */
typedef struct meshgw_gateway_stats {
  size_t struct_size;
  uint64_t accepted;
  uint64_t active;
  uint64_t pending_hellos;
  uint64_t bytes_in;
  uint64_t bytes_out;
  uint64_t spliced_bytes;
  uint64_t connect_failures;
  uint64_t accept_pauses;      /* Out of descriptors. */
  uint64_t shed_hellos;        /* max_pending_hellos was hit. */
  uint64_t hello_memory_sheds; /* For max_hello_buffer_bytes; see by_reason. */
  uint64_t pipe_limit_hits;
  uint64_t pipes_open;
  uint64_t pipes_taken_back; /* From readers that are too slow. */
  uint64_t kept_bytes;       /* At the moment: max_kept_bytes. */
  uint64_t kept_limit_hits;  /* max_kept_bytes forbade to keep some. */
  uint64_t ejections;
  uint64_t post_quantum;
  uint64_t ech;
  uint64_t events_dropped;   /* Beyond max_events, or for want of memory. */
  uint64_t by_reason[32];    /* MESHGW_REASON_* */
  uint64_t by_verdict[8];    /* MESHGW_OK to MESHGW_ERR_TOO_MANY_RECORDS. */
  uint64_t by_route_kind[8]; /* MESHGW_ROUTE_* */
} meshgw_gateway_stats;
#define MESHGW_GATEWAY_STATS_INIT                                              \
  {                                                                            \
    sizeof(meshgw_gateway_stats), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, \
        0, 0, 0, 0, {0}, {0}, {                                                \
      0                                                                        \
    }                                                                          \
  }
/* since 0.1 */
MESHGW_API meshgw_status meshgw_gateway_get_stats(const meshgw_gateway *gateway,
                                                  meshgw_gateway_stats *out);

enum {
  MESHGW_EVENT_CONNECTION = 1, /* A connection has ended. */
  MESHGW_EVENT_LOG = 2         /* Of the gateway itself; see message. */
};
enum {
  MESHGW_LEVEL_DEBUG = 0,
  MESHGW_LEVEL_INFO = 1,
  MESHGW_LEVEL_WARN = 2,
  MESHGW_LEVEL_ERROR = 3
};

/* meshgw_event: strings are borrowed from the batch. Grows at its end: read it
 * through the pointer that meshgw_events_at gives. */
typedef struct meshgw_event {
  int32_t kind;    /* MESHGW_EVENT_*; skip unknown kinds. */
  int32_t level;   /* LOG: MESHGW_LEVEL_* */
  int64_t time_ns; /* Start of the connection, or time of the message; UNIX. */
  meshgw_str message;  /* LOG. The rest: CONNECTION. */
  uint64_t connection; /* Its number in this gateway. */
  meshgw_str listener;
  meshgw_str source;      /* "ip:port", "[ip]:port" or "unix". */
  meshgw_str server_name; /* As sent: escape it before writing it. */
  meshgw_str rule;        /* What matched. */
  meshgw_str cluster;
  meshgw_str service;
  meshgw_str datacenter;
  meshgw_str endpoint; /* The last one dialled, "ip:port". */
  /* Lists of the hello, as in meshgw_hello_details; long ones are cut. */
  meshgw_bytes alpn;
  meshgw_bytes tls_versions; /* Offered; without GREASE. */
  int64_t connect_us;        /* Since accept; -1: did not happen. */
  int64_t first_byte_us;
  int64_t duration_us;
  uint64_t bytes_in; /* From the client, the hello included. */
  uint64_t bytes_out;
  uint64_t spliced_bytes;
  uint32_t hello_bytes;
  uint32_t hello_records;
  meshgw_status verdict; /* On the hello. */
  int32_t hello_reason;  /* MESHGW_HELLO_REASON_* */
  int32_t route_kind;    /* MESHGW_ROUTE_* */
  uint32_t attempts;     /* Endpoints dialled. */
  int32_t reason;        /* MESHGW_REASON_* */
  int32_t error;         /* The errno, if a system call decided; else 0. ELOOP:
                            the endpoint is a listener of this gateway. */
  int32_t closed_by;     /* -1: the gateway; else MESHGW_SIDE_*. */
  uint8_t post_quantum;
  uint8_t ech; /* 0: none, 1: outer, 2: inner. */
  uint8_t reserved[2];
} meshgw_event;

/* A descriptor that is readable while events wait. Borrowed: poll it, do not
 * read it. -1 for NULL, and without events (max_events 0). since 0.1 */
MESHGW_API int32_t meshgw_gateway_event_fd(const meshgw_gateway *gateway);
/* meshgw_events is a batch of events, oldest first. Immutable. */
typedef struct meshgw_events meshgw_events;
/* meshgw_gateway_next_events moves up to `capacity` waiting events to `out`,
 * which may be empty. since 0.1 */
MESHGW_API meshgw_status meshgw_gateway_next_events(meshgw_gateway *gateway,
                                                    size_t capacity,
                                                    meshgw_events **out,
                                                    meshgw_error **err);
MESHGW_API size_t meshgw_events_count(const meshgw_events *events);
/* Borrowed from the batch. NULL: no such index. since 0.1 */
MESHGW_API const meshgw_event *meshgw_events_at(const meshgw_events *events,
                                                size_t index);
MESHGW_API void meshgw_events_free(meshgw_events *events);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* MESHGW_H_ */
