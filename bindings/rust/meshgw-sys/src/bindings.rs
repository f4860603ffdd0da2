// Made by update-bindings from meshgw.h; do not edit.

pub const MESHGW_VERSION_MAJOR: u32 = 0;
pub const MESHGW_VERSION_MINOR: u32 = 1;
pub const MESHGW_VERSION_PATCH: u32 = 0;
pub const MESHGW_HELLO_SCRATCH_BYTES: u32 = 65536;
pub const MESHGW_JA4_BYTES: u32 = 37;
pub const MESHGW_SPLICE_EVENTS: u32 = 2147491847;
pub const MESHGW_NEVER: u32 = 4294967295;
pub type meshgw_status = i32;
pub const MESHGW_OK: i32 = 0;
pub const MESHGW_NEED_MORE: i32 = 1;
pub const MESHGW_ERR_NOT_TLS: i32 = 2;
pub const MESHGW_ERR_MALFORMED: i32 = 3;
pub const MESHGW_ERR_TOO_LARGE: i32 = 4;
pub const MESHGW_ERR_SSLV2: i32 = 5;
pub const MESHGW_ERR_TOO_MANY_RECORDS: i32 = 6;
pub const MESHGW_ERR_INVALID_ARGUMENT: i32 = 19;
pub const MESHGW_ERR_NOT_FOUND: i32 = 21;
pub const MESHGW_ERR_ALREADY_EXISTS: i32 = 22;
pub const MESHGW_ERR_PERMISSION_DENIED: i32 = 23;
pub const MESHGW_ERR_RESOURCE_EXHAUSTED: i32 = 24;
pub const MESHGW_ERR_FAILED_PRECONDITION: i32 = 25;
pub const MESHGW_ERR_INTERNAL: i32 = 29;
pub const MESHGW_ERR_UNAVAILABLE: i32 = 30;
pub const MESHGW_ERR_NO_MEMORY: i32 = 48;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct meshgw_str {
    pub data: *const ::core::ffi::c_char,
    pub len: usize,
}
impl Default for meshgw_str {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct meshgw_bytes {
    pub data: *const u8,
    pub len: usize,
}
impl Default for meshgw_bytes {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub type meshgw_buffer = meshgw_bytes;
#[repr(C)]
#[derive(Debug)]
pub struct meshgw_string {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug)]
pub struct meshgw_error {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct meshgw_error_detail {
    pub struct_size: usize,
    pub file: meshgw_str,
    pub line: u32,
    pub column: u32,
    pub what: meshgw_str,
    pub expected: meshgw_str,
}
impl Default for meshgw_error_detail {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub const MESHGW_HELLO_HAS_SERVER_NAME: i32 = 1;
pub const MESHGW_HELLO_NAME_IN_SCRATCH: i32 = 2;
pub const MESHGW_HELLO_EARLY_DATA: i32 = 4;
pub const MESHGW_HELLO_PRE_SHARED_KEY: i32 = 8;
pub const MESHGW_HELLO_POST_QUANTUM: i32 = 16;
pub const MESHGW_HELLO_ECH_OUTER: i32 = 32;
pub const MESHGW_HELLO_ECH_INNER: i32 = 64;
pub const MESHGW_HELLO_REASON_NONE: i32 = 0;
pub const MESHGW_HELLO_REASON_RECORD_TYPE: i32 = 1;
pub const MESHGW_HELLO_REASON_RECORD_VERSION: i32 = 2;
pub const MESHGW_HELLO_REASON_RECORD_LENGTH: i32 = 3;
pub const MESHGW_HELLO_REASON_EMPTY_RECORD: i32 = 4;
pub const MESHGW_HELLO_REASON_TRAILING_HANDSHAKE: i32 = 5;
pub const MESHGW_HELLO_REASON_MESSAGE_TYPE: i32 = 6;
pub const MESHGW_HELLO_REASON_MESSAGE_LENGTH: i32 = 7;
pub const MESHGW_HELLO_REASON_SESSION_ID: i32 = 8;
pub const MESHGW_HELLO_REASON_CIPHER_SUITES: i32 = 9;
pub const MESHGW_HELLO_REASON_COMPRESSION: i32 = 10;
pub const MESHGW_HELLO_REASON_EXTENSIONS_LENGTH: i32 = 11;
pub const MESHGW_HELLO_REASON_EXTENSION_LENGTH: i32 = 12;
pub const MESHGW_HELLO_REASON_DUPLICATE_EXTENSION: i32 = 13;
pub const MESHGW_HELLO_REASON_PSK_NOT_LAST: i32 = 14;
pub const MESHGW_HELLO_REASON_FORBIDDEN_EXTENSION: i32 = 15;
pub const MESHGW_HELLO_REASON_SERVER_NAME_SHAPE: i32 = 16;
pub const MESHGW_HELLO_REASON_SERVER_NAME_SYNTAX: i32 = 17;
pub const MESHGW_HELLO_REASON_SERVER_NAME_ADDRESS: i32 = 18;
pub const MESHGW_HELLO_REASON_SERVER_NAME_LENGTH: i32 = 19;
pub const MESHGW_HELLO_REASON_ALPN: i32 = 20;
pub const MESHGW_HELLO_REASON_SUPPORTED_VERSIONS: i32 = 21;
pub const MESHGW_HELLO_REASON_SUPPORTED_GROUPS: i32 = 22;
pub const MESHGW_HELLO_REASON_KEY_SHARE: i32 = 23;
pub const MESHGW_HELLO_REASON_SIGNATURE_ALGORITHMS: i32 = 24;
pub const MESHGW_HELLO_REASON_ENCRYPTED_CLIENT_HELLO: i32 = 25;
pub const MESHGW_HELLO_REASON_EARLY_DATA_WITHOUT_PSK: i32 = 26;
pub const MESHGW_HELLO_REASON_MESSAGE_TOO_LARGE: i32 = 27;
pub const MESHGW_HELLO_REASON_SCRATCH_TOO_SMALL: i32 = 28;
pub const MESHGW_HELLO_REASON_RECORD_COUNT: i32 = 29;
pub const MESHGW_HELLO_REASON_SSLV2: i32 = 30;
pub const MESHGW_HELLO_REASON_PLAIN_TEXT: i32 = 31;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct meshgw_hello {
    pub status: meshgw_status,
    pub server_name_offset: u32,
    pub position: u32,
    pub server_name_len: u8,
    pub reason: u8,
    pub flags: u16,
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct meshgw_hello_options {
    pub struct_size: usize,
    pub max_message_bytes: u32,
    pub max_records: u32,
    pub allow_trailing_dot: u8,
    pub allow_ip_address: u8,
    pub allow_opaque: u8,
    pub allow_empty_records: u8,
    pub reserved: u32,
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct meshgw_hello_state {
    pub opaque: [u64; 12usize],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct meshgw_hello_details {
    pub struct_size: usize,
    pub hello: meshgw_hello,
    pub legacy_version: u16,
    pub extension_count: u16,
    pub records: u16,
    pub reserved: u16,
    pub server_name: meshgw_str,
    pub alpn: meshgw_bytes,
    pub supported_versions: meshgw_bytes,
    pub supported_groups: meshgw_bytes,
    pub signature_algorithms: meshgw_bytes,
    pub key_shares: meshgw_bytes,
    pub cipher_suites: meshgw_bytes,
    pub session_id: meshgw_bytes,
    pub extensions: meshgw_bytes,
    pub message: meshgw_bytes,
}
impl Default for meshgw_hello_details {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub const MESHGW_NAME_SERVICE: i32 = 1;
pub const MESHGW_NAME_GATEWAY: i32 = 2;
pub const MESHGW_NAME_PREPARED_QUERY: i32 = 3;
pub const MESHGW_NAME_EXPORTED: i32 = 4;
pub const MESHGW_NAME_SERVER: i32 = 5;
pub const MESHGW_NAME_PEERING_SERVER: i32 = 6;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct meshgw_name_parts {
    pub struct_size: usize,
    pub kind: i32,
    pub reserved: u32,
    pub subset: meshgw_str,
    pub service: meshgw_str,
    pub name_space: meshgw_str,
    pub partition: meshgw_str,
    pub datacenter: meshgw_str,
    pub peer: meshgw_str,
    pub node: meshgw_str,
    pub trust_domain: meshgw_str,
}
impl Default for meshgw_name_parts {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug)]
pub struct meshgw_name {
    _unused: [u8; 0],
}
pub const MESHGW_MODE_DEFAULT: i32 = 0;
pub const MESHGW_MODE_NONE: i32 = 1;
pub const MESHGW_MODE_LOCAL: i32 = 2;
pub const MESHGW_MODE_REMOTE: i32 = 3;
pub const MESHGW_RULES_LATEST: i32 = 0;
pub const MESHGW_RULES_V1_6: i32 = 1;
pub const MESHGW_SOURCE_BUILT_IN: i32 = 0;
pub const MESHGW_SOURCE_UPSTREAM: i32 = 1;
pub const MESHGW_SOURCE_UPSTREAM_OVERRIDE: i32 = 2;
pub const MESHGW_SOURCE_PROXY_INSTANCE: i32 = 3;
pub const MESHGW_SOURCE_UPSTREAM_DEFAULTS: i32 = 4;
pub const MESHGW_SOURCE_SERVICE_DEFAULTS: i32 = 5;
pub const MESHGW_SOURCE_PROXY_DEFAULTS: i32 = 6;
pub const MESHGW_SOURCE_DESTINATION_DEFAULTS: i32 = 7;
pub const MESHGW_VETO_NONE: i32 = 0;
pub const MESHGW_VETO_SAME_DATACENTER: i32 = 1;
pub const MESHGW_VETO_EXTERNAL_SNI: i32 = 2;
pub const MESHGW_VETO_PREPARED_QUERY: i32 = 3;
pub const MESHGW_DIAL_INSTANCE: i32 = 0;
pub const MESHGW_DIAL_LOCAL_GATEWAY: i32 = 1;
pub const MESHGW_DIAL_REMOTE_GATEWAY: i32 = 2;
pub const MESHGW_DIAL_PEER_GATEWAY: i32 = 3;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct meshgw_mode_layers {
    pub struct_size: usize,
    pub upstream: i32,
    pub upstream_override: i32,
    pub proxy_instance: i32,
    pub upstream_defaults: i32,
    pub service_defaults: i32,
    pub proxy_defaults: i32,
    pub destination_defaults: i32,
    pub reserved: i32,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct meshgw_mode_target {
    pub struct_size: usize,
    pub source_datacenter: meshgw_str,
    pub source_partition: meshgw_str,
    pub datacenter: meshgw_str,
    pub partition: meshgw_str,
    pub peer: meshgw_str,
    pub has_external_sni: u32,
    pub is_prepared_query: u32,
}
impl Default for meshgw_mode_target {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct meshgw_mode_decision {
    pub mode: i32,
    pub source: i32,
    pub veto: i32,
    pub dial: i32,
    pub applies: u8,
    pub wan_address: u8,
    pub none_taken_as_remote: u8,
    pub reserved: u8,
}
#[repr(C)]
#[derive(Debug)]
pub struct meshgw_mode_explanation {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct meshgw_mode_layer {
    pub struct_size: usize,
    pub source: i32,
    pub value: i32,
    pub considered: u8,
    pub won: u8,
    pub reserved: u16,
    pub line: u32,
    pub column: u32,
    pub reserved2: u32,
    pub file: meshgw_str,
    pub why: meshgw_str,
}
impl Default for meshgw_mode_layer {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug)]
pub struct meshgw_routes {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug)]
pub struct meshgw_routes_builder {
    _unused: [u8; 0],
}
pub const MESHGW_HEALTH_HEALTHY: i32 = 0;
pub const MESHGW_HEALTH_UNHEALTHY: i32 = 1;
pub const MESHGW_CLUSTER_LOCAL_SERVICE: i32 = 0;
pub const MESHGW_CLUSTER_REMOTE_GATEWAY: i32 = 1;
pub const MESHGW_CLUSTER_SERVER: i32 = 2;
pub const MESHGW_CLUSTER_EXPORTED: i32 = 3;
pub const MESHGW_CLUSTER_OTHER: i32 = 4;
pub const MESHGW_BALANCE_LEAST_REQUEST: i32 = 0;
pub const MESHGW_BALANCE_ROUND_ROBIN: i32 = 1;
pub const MESHGW_BALANCE_RANDOM: i32 = 2;
pub const MESHGW_BALANCE_MAGLEV: i32 = 3;
pub const MESHGW_ROUTE_EXACT: i32 = 0;
pub const MESHGW_ROUTE_SUFFIX: i32 = 1;
pub const MESHGW_ROUTE_REGEX: i32 = 2;
pub const MESHGW_ROUTE_DEFAULT: i32 = 3;
pub const MESHGW_ROUTE_NONE: i32 = 4;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct meshgw_endpoint {
    pub struct_size: usize,
    pub address: meshgw_str,
    pub id: meshgw_str,
    pub port: u32,
    pub weight: u32,
    pub health: i32,
    pub priority: u32,
}
impl Default for meshgw_endpoint {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct meshgw_cluster {
    pub struct_size: usize,
    pub name: meshgw_str,
    pub service: meshgw_str,
    pub datacenter: meshgw_str,
    pub endpoints: *const meshgw_endpoint,
    pub endpoint_count: usize,
    pub failover: *const meshgw_str,
    pub failover_count: usize,
    pub kind: i32,
    pub load_balancing: i32,
    pub connect_timeout_ms: u32,
    pub max_connections: u32,
}
impl Default for meshgw_cluster {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct meshgw_route_match {
    pub kind: i32,
    pub cluster: i32,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct meshgw_route {
    pub struct_size: usize,
    pub kind: i32,
    pub cluster: i32,
    pub match_: meshgw_str,
    pub cluster_name: meshgw_str,
    pub origin: meshgw_str,
}
impl Default for meshgw_route {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug)]
pub struct meshgw_route_explanation {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct meshgw_route_candidate {
    pub struct_size: usize,
    pub kind: i32,
    pub matched: u8,
    pub won: u8,
    pub reserved: u16,
    pub match_: meshgw_str,
    pub cluster_name: meshgw_str,
    pub why: meshgw_str,
}
impl Default for meshgw_route_candidate {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub const MESHGW_FORMAT_BY_EXTENSION: i32 = 0;
pub const MESHGW_FORMAT_HCL: i32 = 1;
pub const MESHGW_FORMAT_JSON: i32 = 2;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct meshgw_config_file {
    pub struct_size: usize,
    pub name: meshgw_str,
    pub contents: meshgw_str,
    pub format: i32,
    pub reserved: u32,
}
impl Default for meshgw_config_file {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug)]
pub struct meshgw_config {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug)]
pub struct meshgw_catalog {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct meshgw_upstream_query {
    pub struct_size: usize,
    pub datacenter: meshgw_str,
    pub service: meshgw_str,
    pub upstream: meshgw_str,
    pub upstream_datacenter: meshgw_str,
    pub proxy_id: meshgw_str,
    pub rules: i32,
    pub reserved: u32,
}
impl Default for meshgw_upstream_query {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct meshgw_upstream_target {
    pub struct_size: usize,
    pub source_datacenter: meshgw_str,
    pub datacenter: meshgw_str,
    pub service: meshgw_str,
    pub server_name: meshgw_str,
}
impl Default for meshgw_upstream_target {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct meshgw_upstream_failover {
    pub struct_size: usize,
    pub datacenter: meshgw_str,
    pub partition: meshgw_str,
    pub service: meshgw_str,
    pub subset: meshgw_str,
    pub peer: meshgw_str,
    pub server_name: meshgw_str,
    pub decision: meshgw_mode_decision,
    pub reserved: u32,
    pub dial_count: usize,
}
impl Default for meshgw_upstream_failover {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub const MESHGW_SIDE_CLIENT: i32 = 0;
pub const MESHGW_SIDE_SERVER: i32 = 1;
pub const MESHGW_SPLICE_RUNNING: i32 = 0;
pub const MESHGW_SPLICE_FINISHED: i32 = 1;
pub const MESHGW_SPLICE_CLIENT_RESET: i32 = 2;
pub const MESHGW_SPLICE_SERVER_RESET: i32 = 3;
pub const MESHGW_SPLICE_FAILED: i32 = 4;
pub const MESHGW_SPLICE_CANCELLED: i32 = 5;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct meshgw_splice_state {
    pub end: i32,
    pub error: i32,
    pub bytes_to_server: u64,
    pub bytes_to_client: u64,
    pub spliced_bytes: u64,
    pub client_fin: u8,
    pub server_fin: u8,
    pub pending: u8,
    pub reserved: [u8; 5usize],
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct meshgw_splice_options {
    pub struct_size: usize,
    pub max_kept_bytes: u64,
    pub copy_bytes: u32,
    pub pipe_bytes: u32,
    pub max_pipes: u32,
    pub reserved: u32,
}
#[repr(C)]
#[derive(Debug)]
pub struct meshgw_splice_pool {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug)]
pub struct meshgw_splicer {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug)]
pub struct meshgw_splice_loop {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct meshgw_splice_result {
    pub tag: u64,
    pub state: meshgw_splice_state,
}
#[repr(C)]
#[derive(Debug)]
pub struct meshgw_gateway {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct meshgw_gateway_options {
    pub struct_size: usize,
    pub workers: u32,
    pub max_connections: u32,
    pub max_pending_hellos: u32,
    pub hello_timeout_ms: u32,
    pub idle_timeout_ms: u32,
    pub half_closed_timeout_ms: u32,
    pub max_connect_attempts: u32,
    pub max_pipes: u32,
    pub max_hello_buffer_bytes: u64,
    pub max_kept_bytes: u64,
    pub dns_refresh_s: u32,
    pub max_events: u32,
    pub route_without_server_name: u8,
    pub route_not_tls: u8,
    pub reserved: [u8; 6usize],
    pub hello: meshgw_hello_options,
}
pub const MESHGW_REASON_OK: i32 = 0;
pub const MESHGW_REASON_NO_SNI: i32 = 1;
pub const MESHGW_REASON_NO_ROUTE: i32 = 2;
pub const MESHGW_REASON_NO_HEALTHY_ENDPOINT: i32 = 3;
pub const MESHGW_REASON_HELLO_TIMEOUT: i32 = 4;
pub const MESHGW_REASON_HELLO_MALFORMED: i32 = 5;
pub const MESHGW_REASON_HELLO_TOO_LARGE: i32 = 6;
pub const MESHGW_REASON_NOT_TLS: i32 = 7;
pub const MESHGW_REASON_RATE_LIMITED: i32 = 8;
pub const MESHGW_REASON_CONNECTION_LIMIT: i32 = 9;
pub const MESHGW_REASON_CONNECT_FAILED: i32 = 10;
pub const MESHGW_REASON_CONNECT_TIMEOUT: i32 = 11;
pub const MESHGW_REASON_IDLE_TIMEOUT: i32 = 12;
pub const MESHGW_REASON_DRAINED: i32 = 13;
pub const MESHGW_REASON_DENIED: i32 = 14;
pub const MESHGW_REASON_RESET: i32 = 15;
pub const MESHGW_REASON_CLIENT_CLOSED: i32 = 16;
pub const MESHGW_REASON_FAILED: i32 = 17;
pub const MESHGW_REASON_HELLO_MEMORY: i32 = 18;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct meshgw_gateway_stats {
    pub struct_size: usize,
    pub accepted: u64,
    pub active: u64,
    pub pending_hellos: u64,
    pub bytes_in: u64,
    pub bytes_out: u64,
    pub spliced_bytes: u64,
    pub connect_failures: u64,
    pub accept_pauses: u64,
    pub shed_hellos: u64,
    pub hello_memory_sheds: u64,
    pub pipe_limit_hits: u64,
    pub pipes_open: u64,
    pub pipes_taken_back: u64,
    pub kept_bytes: u64,
    pub kept_limit_hits: u64,
    pub ejections: u64,
    pub post_quantum: u64,
    pub ech: u64,
    pub events_dropped: u64,
    pub by_reason: [u64; 32usize],
    pub by_verdict: [u64; 8usize],
    pub by_route_kind: [u64; 8usize],
}
pub const MESHGW_EVENT_CONNECTION: i32 = 1;
pub const MESHGW_EVENT_LOG: i32 = 2;
pub const MESHGW_LEVEL_DEBUG: i32 = 0;
pub const MESHGW_LEVEL_INFO: i32 = 1;
pub const MESHGW_LEVEL_WARN: i32 = 2;
pub const MESHGW_LEVEL_ERROR: i32 = 3;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct meshgw_event {
    pub kind: i32,
    pub level: i32,
    pub time_ns: i64,
    pub message: meshgw_str,
    pub connection: u64,
    pub listener: meshgw_str,
    pub source: meshgw_str,
    pub server_name: meshgw_str,
    pub rule: meshgw_str,
    pub cluster: meshgw_str,
    pub service: meshgw_str,
    pub datacenter: meshgw_str,
    pub endpoint: meshgw_str,
    pub alpn: meshgw_bytes,
    pub tls_versions: meshgw_bytes,
    pub connect_us: i64,
    pub first_byte_us: i64,
    pub duration_us: i64,
    pub bytes_in: u64,
    pub bytes_out: u64,
    pub spliced_bytes: u64,
    pub hello_bytes: u32,
    pub hello_records: u32,
    pub verdict: meshgw_status,
    pub hello_reason: i32,
    pub route_kind: i32,
    pub attempts: u32,
    pub reason: i32,
    pub error: i32,
    pub closed_by: i32,
    pub post_quantum: u8,
    pub ech: u8,
    pub reserved: [u8; 2usize],
}
impl Default for meshgw_event {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug)]
pub struct meshgw_events {
    _unused: [u8; 0],
}
extern "C" {
    pub fn meshgw_version() -> *const ::core::ffi::c_char;
    pub fn meshgw_status_name(status: meshgw_status) -> *const ::core::ffi::c_char;
    pub fn meshgw_string_view(string: *const meshgw_string) -> meshgw_str;
    pub fn meshgw_string_free(string: *mut meshgw_string);
    pub fn meshgw_error_status(error: *const meshgw_error) -> meshgw_status;
    pub fn meshgw_error_message(error: *const meshgw_error) -> meshgw_str;
    pub fn meshgw_error_errno(error: *const meshgw_error) -> i32;
    pub fn meshgw_error_detail_count(error: *const meshgw_error) -> usize;
    pub fn meshgw_error_detail_at(
        error: *const meshgw_error,
        index: usize,
        out: *mut meshgw_error_detail,
    ) -> meshgw_status;
    pub fn meshgw_error_free(error: *mut meshgw_error);
    pub fn meshgw_hello_reason_name(reason: i32) -> *const ::core::ffi::c_char;
    pub fn meshgw_hello_scan(
        data: *const u8,
        len: usize,
        scratch: *mut u8,
        scratch_len: usize,
    ) -> meshgw_hello;
    pub fn meshgw_hello_state_init(
        options: *const meshgw_hello_options,
        out: *mut meshgw_hello_state,
    ) -> meshgw_status;
    pub fn meshgw_hello_feed(
        state: *mut meshgw_hello_state,
        data: *const u8,
        len: usize,
        scratch: *mut u8,
        scratch_len: usize,
    ) -> meshgw_hello;
    pub fn meshgw_hello_feed_buffers(
        state: *mut meshgw_hello_state,
        buffers: *const meshgw_buffer,
        count: usize,
        scratch: *mut u8,
        scratch_len: usize,
    ) -> meshgw_hello;
    pub fn meshgw_hello_inspect(
        data: *const u8,
        len: usize,
        options: *const meshgw_hello_options,
        scratch: *mut u8,
        scratch_len: usize,
        out: *mut meshgw_hello_details,
    ) -> meshgw_status;
    pub fn meshgw_hello_ja4(
        data: *const u8,
        len: usize,
        options: *const meshgw_hello_options,
        scratch: *mut u8,
        scratch_len: usize,
        out: *mut ::core::ffi::c_char,
    ) -> meshgw_status;
    pub fn meshgw_name_kind_name(kind: i32) -> *const ::core::ffi::c_char;
    pub fn meshgw_name_parse(
        name: meshgw_str,
        server_domain: meshgw_str,
        out: *mut *mut meshgw_name,
        err: *mut *mut meshgw_error,
    ) -> meshgw_status;
    pub fn meshgw_name_get(name: *const meshgw_name, out: *mut meshgw_name_parts) -> meshgw_status;
    pub fn meshgw_name_free(name: *mut meshgw_name);
    pub fn meshgw_name_format(
        parts: *const meshgw_name_parts,
        out: *mut *mut meshgw_string,
        err: *mut *mut meshgw_error,
    ) -> meshgw_status;
    pub fn meshgw_mode_name(mode: i32) -> *const ::core::ffi::c_char;
    pub fn meshgw_mode_parse(
        text: meshgw_str,
        out: *mut i32,
        err: *mut *mut meshgw_error,
    ) -> meshgw_status;
    pub fn meshgw_source_name(source: i32) -> *const ::core::ffi::c_char;
    pub fn meshgw_veto_name(veto: i32) -> *const ::core::ffi::c_char;
    pub fn meshgw_dial_name(dial: i32) -> *const ::core::ffi::c_char;
    pub fn meshgw_mode_resolve(
        layers: *const meshgw_mode_layers,
        target: *const meshgw_mode_target,
        rules: i32,
        out: *mut meshgw_mode_decision,
        err: *mut *mut meshgw_error,
    ) -> meshgw_status;
    pub fn meshgw_mode_explain(
        layers: *const meshgw_mode_layers,
        target: *const meshgw_mode_target,
        rules: i32,
        out: *mut *mut meshgw_mode_explanation,
        err: *mut *mut meshgw_error,
    ) -> meshgw_status;
    pub fn meshgw_mode_explanation_decision(
        explanation: *const meshgw_mode_explanation,
        out: *mut meshgw_mode_decision,
    ) -> meshgw_status;
    pub fn meshgw_mode_explanation_summary(
        explanation: *const meshgw_mode_explanation,
    ) -> meshgw_str;
    pub fn meshgw_mode_explanation_layer_count(
        explanation: *const meshgw_mode_explanation,
    ) -> usize;
    pub fn meshgw_mode_explanation_layer_at(
        explanation: *const meshgw_mode_explanation,
        index: usize,
        out: *mut meshgw_mode_layer,
    ) -> meshgw_status;
    pub fn meshgw_mode_explanation_free(explanation: *mut meshgw_mode_explanation);
    pub fn meshgw_health_name(health: i32) -> *const ::core::ffi::c_char;
    pub fn meshgw_cluster_kind_name(kind: i32) -> *const ::core::ffi::c_char;
    pub fn meshgw_balance_name(load_balancing: i32) -> *const ::core::ffi::c_char;
    pub fn meshgw_route_kind_name(kind: i32) -> *const ::core::ffi::c_char;
    pub fn meshgw_routes_builder_create(
        out: *mut *mut meshgw_routes_builder,
        err: *mut *mut meshgw_error,
    ) -> meshgw_status;
    pub fn meshgw_routes_builder_add_cluster(
        builder: *mut meshgw_routes_builder,
        cluster: *const meshgw_cluster,
        err: *mut *mut meshgw_error,
    ) -> meshgw_status;
    pub fn meshgw_routes_builder_add(
        builder: *mut meshgw_routes_builder,
        kind: i32,
        match_: meshgw_str,
        cluster: meshgw_str,
        origin: meshgw_str,
        err: *mut *mut meshgw_error,
    ) -> meshgw_status;
    pub fn meshgw_routes_builder_build(
        builder: *mut meshgw_routes_builder,
        out: *mut *mut meshgw_routes,
        err: *mut *mut meshgw_error,
    ) -> meshgw_status;
    pub fn meshgw_routes_builder_free(builder: *mut meshgw_routes_builder);
    pub fn meshgw_routes_ref(routes: *mut meshgw_routes) -> *mut meshgw_routes;
    pub fn meshgw_routes_free(routes: *mut meshgw_routes);
    pub fn meshgw_routes_lookup(
        routes: *const meshgw_routes,
        server_name: meshgw_str,
    ) -> meshgw_route_match;
    pub fn meshgw_routes_cluster_count(routes: *const meshgw_routes) -> usize;
    pub fn meshgw_routes_cluster_at(
        routes: *const meshgw_routes,
        cluster: usize,
        out: *mut meshgw_cluster,
    ) -> meshgw_status;
    pub fn meshgw_routes_endpoint_at(
        routes: *const meshgw_routes,
        cluster: usize,
        endpoint: usize,
        out: *mut meshgw_endpoint,
    ) -> meshgw_status;
    pub fn meshgw_routes_failover_at(
        routes: *const meshgw_routes,
        cluster: usize,
        index: usize,
        out: *mut usize,
    ) -> meshgw_status;
    pub fn meshgw_routes_rule_count(routes: *const meshgw_routes) -> usize;
    pub fn meshgw_routes_rule_at(
        routes: *const meshgw_routes,
        index: usize,
        out: *mut meshgw_route,
    ) -> meshgw_status;
    pub fn meshgw_routes_explain(
        routes: *const meshgw_routes,
        server_name: meshgw_str,
        out: *mut *mut meshgw_route_explanation,
        err: *mut *mut meshgw_error,
    ) -> meshgw_status;
    pub fn meshgw_route_explanation_match(
        explanation: *const meshgw_route_explanation,
    ) -> meshgw_route_match;
    pub fn meshgw_route_explanation_count(explanation: *const meshgw_route_explanation) -> usize;
    pub fn meshgw_route_explanation_at(
        explanation: *const meshgw_route_explanation,
        index: usize,
        out: *mut meshgw_route_candidate,
    ) -> meshgw_status;
    pub fn meshgw_route_explanation_free(explanation: *mut meshgw_route_explanation);
    pub fn meshgw_format_name(format: i32) -> *const ::core::ffi::c_char;
    pub fn meshgw_config_parse(
        files: *const meshgw_config_file,
        count: usize,
        out: *mut *mut meshgw_config,
        err: *mut *mut meshgw_error,
    ) -> meshgw_status;
    pub fn meshgw_config_load(
        path: meshgw_str,
        out: *mut *mut meshgw_config,
        err: *mut *mut meshgw_error,
    ) -> meshgw_status;
    pub fn meshgw_config_datacenter(config: *const meshgw_config) -> meshgw_str;
    pub fn meshgw_config_service_count(config: *const meshgw_config) -> usize;
    pub fn meshgw_config_warning_count(config: *const meshgw_config) -> usize;
    pub fn meshgw_config_warning_at(
        config: *const meshgw_config,
        index: usize,
        out: *mut meshgw_error_detail,
    ) -> meshgw_status;
    pub fn meshgw_config_filter_error_count(config: *const meshgw_config) -> usize;
    pub fn meshgw_config_filter_error_at(
        config: *const meshgw_config,
        index: usize,
        out: *mut meshgw_error_detail,
    ) -> meshgw_status;
    pub fn meshgw_config_free(config: *mut meshgw_config);
    pub fn meshgw_catalog_load(
        directory: meshgw_str,
        out: *mut *mut meshgw_catalog,
        err: *mut *mut meshgw_error,
    ) -> meshgw_status;
    pub fn meshgw_catalog_create(
        configs: *const *const meshgw_config,
        count: usize,
        out: *mut *mut meshgw_catalog,
        err: *mut *mut meshgw_error,
    ) -> meshgw_status;
    pub fn meshgw_catalog_datacenter_count(catalog: *const meshgw_catalog) -> usize;
    pub fn meshgw_catalog_datacenter_at(catalog: *const meshgw_catalog, index: usize)
        -> meshgw_str;
    pub fn meshgw_catalog_primary(catalog: *const meshgw_catalog) -> meshgw_str;
    pub fn meshgw_catalog_warning_count(catalog: *const meshgw_catalog) -> usize;
    pub fn meshgw_catalog_warning_at(
        catalog: *const meshgw_catalog,
        index: usize,
        out: *mut meshgw_error_detail,
    ) -> meshgw_status;
    pub fn meshgw_catalog_filter_error_count(catalog: *const meshgw_catalog) -> usize;
    pub fn meshgw_catalog_filter_error_at(
        catalog: *const meshgw_catalog,
        index: usize,
        out: *mut meshgw_error_detail,
    ) -> meshgw_status;
    pub fn meshgw_catalog_free(catalog: *mut meshgw_catalog);
    pub fn meshgw_catalog_routes(
        catalog: *const meshgw_catalog,
        datacenter: meshgw_str,
        gateway_id: meshgw_str,
        out: *mut *mut meshgw_routes,
        warnings: *mut *mut meshgw_string,
        err: *mut *mut meshgw_error,
    ) -> meshgw_status;
    pub fn meshgw_catalog_explain_mode(
        catalog: *const meshgw_catalog,
        query: *const meshgw_upstream_query,
        out: *mut *mut meshgw_mode_explanation,
        err: *mut *mut meshgw_error,
    ) -> meshgw_status;
    pub fn meshgw_mode_explanation_target(
        explanation: *const meshgw_mode_explanation,
        out: *mut meshgw_upstream_target,
    ) -> meshgw_status;
    pub fn meshgw_mode_explanation_dial_count(explanation: *const meshgw_mode_explanation)
        -> usize;
    pub fn meshgw_mode_explanation_dial_at(
        explanation: *const meshgw_mode_explanation,
        index: usize,
        out: *mut meshgw_endpoint,
    ) -> meshgw_status;
    pub fn meshgw_mode_explanation_failover_count(
        explanation: *const meshgw_mode_explanation,
    ) -> usize;
    pub fn meshgw_mode_explanation_failover_at(
        explanation: *const meshgw_mode_explanation,
        index: usize,
        out: *mut meshgw_upstream_failover,
    ) -> meshgw_status;
    pub fn meshgw_mode_explanation_failover_dial_at(
        explanation: *const meshgw_mode_explanation,
        failover: usize,
        index: usize,
        out: *mut meshgw_endpoint,
    ) -> meshgw_status;
    pub fn meshgw_splice_end_name(end: i32) -> *const ::core::ffi::c_char;
    pub fn meshgw_splice_pool_create(
        options: *const meshgw_splice_options,
        out: *mut *mut meshgw_splice_pool,
        err: *mut *mut meshgw_error,
    ) -> meshgw_status;
    pub fn meshgw_splice_pool_free(pool: *mut meshgw_splice_pool);
    pub fn meshgw_splicer_create(
        pool: *mut meshgw_splice_pool,
        client_fd: i32,
        server_fd: i32,
        out: *mut *mut meshgw_splicer,
        err: *mut *mut meshgw_error,
    ) -> meshgw_status;
    pub fn meshgw_splicer_send_first(
        splicer: *mut meshgw_splicer,
        data: *const u8,
        len: usize,
        err: *mut *mut meshgw_error,
    ) -> meshgw_status;
    pub fn meshgw_splicer_run(splicer: *mut meshgw_splicer, side: i32, events: u32) -> i32;
    pub fn meshgw_splicer_get(
        splicer: *const meshgw_splicer,
        out: *mut meshgw_splice_state,
    ) -> meshgw_status;
    pub fn meshgw_splicer_free(splicer: *mut meshgw_splicer);
    pub fn meshgw_reset_on_close(fd: i32);
    pub fn meshgw_splice_loop_create(
        options: *const meshgw_splice_options,
        out: *mut *mut meshgw_splice_loop,
        err: *mut *mut meshgw_error,
    ) -> meshgw_status;
    pub fn meshgw_splice_loop_add(
        loop_: *mut meshgw_splice_loop,
        take_client_fd: i32,
        take_server_fd: i32,
        data: *const u8,
        len: usize,
        tag: u64,
        err: *mut *mut meshgw_error,
    ) -> meshgw_status;
    pub fn meshgw_splice_loop_cancel(loop_: *mut meshgw_splice_loop, tag: u64) -> meshgw_status;
    pub fn meshgw_splice_loop_run(loop_: *mut meshgw_splice_loop) -> meshgw_status;
    pub fn meshgw_splice_loop_run_until_empty(loop_: *mut meshgw_splice_loop) -> meshgw_status;
    pub fn meshgw_splice_loop_stop(loop_: *mut meshgw_splice_loop);
    pub fn meshgw_splice_loop_size(loop_: *const meshgw_splice_loop) -> usize;
    pub fn meshgw_splice_loop_event_fd(loop_: *const meshgw_splice_loop) -> i32;
    pub fn meshgw_splice_loop_next(
        loop_: *mut meshgw_splice_loop,
        out: *mut meshgw_splice_result,
        capacity: usize,
    ) -> usize;
    pub fn meshgw_splice_loop_free(loop_: *mut meshgw_splice_loop);
    pub fn meshgw_gateway_default_options(out: *mut meshgw_gateway_options) -> meshgw_status;
    pub fn meshgw_gateway_create(
        options: *const meshgw_gateway_options,
        routes: *mut meshgw_routes,
        out: *mut *mut meshgw_gateway,
        err: *mut *mut meshgw_error,
    ) -> meshgw_status;
    pub fn meshgw_gateway_listen(
        gateway: *mut meshgw_gateway,
        name: meshgw_str,
        address: meshgw_str,
        bound: *mut *mut meshgw_string,
        err: *mut *mut meshgw_error,
    ) -> meshgw_status;
    pub fn meshgw_gateway_listen_fd(
        gateway: *mut meshgw_gateway,
        name: meshgw_str,
        take_fd: i32,
        err: *mut *mut meshgw_error,
    ) -> meshgw_status;
    pub fn meshgw_gateway_serve_fd(
        gateway: *mut meshgw_gateway,
        name: meshgw_str,
        take_fd: i32,
        err: *mut *mut meshgw_error,
    ) -> meshgw_status;
    pub fn meshgw_gateway_start(
        gateway: *mut meshgw_gateway,
        err: *mut *mut meshgw_error,
    ) -> meshgw_status;
    pub fn meshgw_gateway_run(
        gateway: *mut meshgw_gateway,
        err: *mut *mut meshgw_error,
    ) -> meshgw_status;
    pub fn meshgw_gateway_set_routes(
        gateway: *mut meshgw_gateway,
        routes: *mut meshgw_routes,
    ) -> meshgw_status;
    pub fn meshgw_gateway_drain(
        gateway: *mut meshgw_gateway,
        timeout_ms: u32,
        closed: *mut usize,
    ) -> meshgw_status;
    pub fn meshgw_gateway_stop(gateway: *mut meshgw_gateway);
    pub fn meshgw_gateway_free(gateway: *mut meshgw_gateway);
    pub fn meshgw_reason_name(reason: i32) -> *const ::core::ffi::c_char;
    pub fn meshgw_gateway_get_stats(
        gateway: *const meshgw_gateway,
        out: *mut meshgw_gateway_stats,
    ) -> meshgw_status;
    pub fn meshgw_gateway_event_fd(gateway: *const meshgw_gateway) -> i32;
    pub fn meshgw_gateway_next_events(
        gateway: *mut meshgw_gateway,
        capacity: usize,
        out: *mut *mut meshgw_events,
        err: *mut *mut meshgw_error,
    ) -> meshgw_status;
    pub fn meshgw_events_count(events: *const meshgw_events) -> usize;
    pub fn meshgw_events_at(events: *const meshgw_events, index: usize) -> *const meshgw_event;
    pub fn meshgw_events_free(events: *mut meshgw_events);
}
