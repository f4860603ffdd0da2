//! Why bytes are no hello.

use std::error;
use std::fmt;

use meshgw_sys as sys;

c_enum! {
    /// Why bytes are no hello that may be routed.
    pub enum HelloErrorKind named by meshgw_status_name {
        /// The first byte begins no TLS record.
        NotTls = MESHGW_ERR_NOT_TLS,
        /// TLS, but a rule is broken.
        Malformed = MESHGW_ERR_MALFORMED,
        /// Longer than the limit, or than the scratch.
        TooLarge = MESHGW_ERR_TOO_LARGE,
        /// An SSLv2 hello, which has no name.
        SslV2 = MESHGW_ERR_SSLV2,
        /// Over more records than the limit.
        TooManyRecords = MESHGW_ERR_TOO_MANY_RECORDS,
    }
}

c_enum! {
    /// Which rule decided.
    pub enum HelloReason named by meshgw_hello_reason_name {
        /// No rule: there is no error.
        None = MESHGW_HELLO_REASON_NONE,
        /// The record's type.
        RecordType = MESHGW_HELLO_REASON_RECORD_TYPE,
        /// The record's version.
        RecordVersion = MESHGW_HELLO_REASON_RECORD_VERSION,
        /// The record's length.
        RecordLength = MESHGW_HELLO_REASON_RECORD_LENGTH,
        /// A record without content.
        EmptyRecord = MESHGW_HELLO_REASON_EMPTY_RECORD,
        /// Handshake bytes behind the hello in its last record.
        TrailingHandshake = MESHGW_HELLO_REASON_TRAILING_HANDSHAKE,
        /// A handshake message of another type.
        MessageType = MESHGW_HELLO_REASON_MESSAGE_TYPE,
        /// The message's length.
        MessageLength = MESHGW_HELLO_REASON_MESSAGE_LENGTH,
        /// The session id.
        SessionId = MESHGW_HELLO_REASON_SESSION_ID,
        /// The cipher suites.
        CipherSuites = MESHGW_HELLO_REASON_CIPHER_SUITES,
        /// The compression methods.
        Compression = MESHGW_HELLO_REASON_COMPRESSION,
        /// The length of all extensions.
        ExtensionsLength = MESHGW_HELLO_REASON_EXTENSIONS_LENGTH,
        /// The length of one extension.
        ExtensionLength = MESHGW_HELLO_REASON_EXTENSION_LENGTH,
        /// An extension that comes twice.
        DuplicateExtension = MESHGW_HELLO_REASON_DUPLICATE_EXTENSION,
        /// pre_shared_key is not the last extension.
        PskNotLast = MESHGW_HELLO_REASON_PSK_NOT_LAST,
        /// An extension that no ClientHello may have.
        ForbiddenExtension = MESHGW_HELLO_REASON_FORBIDDEN_EXTENSION,
        /// The shape of server_name.
        ServerNameShape = MESHGW_HELLO_REASON_SERVER_NAME_SHAPE,
        /// The name is no host name.
        ServerNameSyntax = MESHGW_HELLO_REASON_SERVER_NAME_SYNTAX,
        /// The name is an address.
        ServerNameAddress = MESHGW_HELLO_REASON_SERVER_NAME_ADDRESS,
        /// The name is too long.
        ServerNameLength = MESHGW_HELLO_REASON_SERVER_NAME_LENGTH,
        /// ALPN.
        Alpn = MESHGW_HELLO_REASON_ALPN,
        /// supported_versions.
        SupportedVersions = MESHGW_HELLO_REASON_SUPPORTED_VERSIONS,
        /// supported_groups.
        SupportedGroups = MESHGW_HELLO_REASON_SUPPORTED_GROUPS,
        /// key_share.
        KeyShare = MESHGW_HELLO_REASON_KEY_SHARE,
        /// signature_algorithms.
        SignatureAlgorithms = MESHGW_HELLO_REASON_SIGNATURE_ALGORITHMS,
        /// encrypted_client_hello.
        EncryptedClientHello = MESHGW_HELLO_REASON_ENCRYPTED_CLIENT_HELLO,
        /// early_data without pre_shared_key.
        EarlyDataWithoutPsk = MESHGW_HELLO_REASON_EARLY_DATA_WITHOUT_PSK,
        /// The message is longer than the limit.
        MessageTooLarge = MESHGW_HELLO_REASON_MESSAGE_TOO_LARGE,
        /// The scratch cannot hold the message.
        ScratchTooSmall = MESHGW_HELLO_REASON_SCRATCH_TOO_SMALL,
        /// More records than the limit.
        RecordCount = MESHGW_HELLO_REASON_RECORD_COUNT,
        /// SSLv2.
        SslV2 = MESHGW_HELLO_REASON_SSLV2,
        /// Text of another protocol.
        PlainText = MESHGW_HELLO_REASON_PLAIN_TEXT,
    }
}

/// Bytes that are no hello: never route them by a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HelloError {
    /// The verdict.
    pub kind: HelloErrorKind,
    /// The rule that was broken.
    pub reason: HelloReason,
    /// Where, in bytes from the start.
    pub offset: usize,
}

impl fmt::Display for HelloError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}) at byte {}", self.kind, self.reason, self.offset)
    }
}

impl error::Error for HelloError {}

impl HelloError {
    #[cold]
    pub(crate) fn new(kind: i32, raw: sys::meshgw_hello) -> Self {
        Self {
            kind: HelloErrorKind::from_raw(kind),
            reason: HelloReason::from_raw(i32::from(raw.reason)),
            offset: raw.position as usize,
        }
    }
}
