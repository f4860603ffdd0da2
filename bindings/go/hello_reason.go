package meshgw

// #include "glue.h"
import "C"

// HelloReason is the rule that decided on a hello that is refused.
type HelloReason int32

// The reasons. Each is the name of the field that breaks a rule of RFC 8446,
// RFC 6066, RFC 7301 or RFC 9849, or of the limit that was hit.
const (
	HelloReasonNone                 HelloReason = C.MESHGW_HELLO_REASON_NONE
	HelloReasonRecordType           HelloReason = C.MESHGW_HELLO_REASON_RECORD_TYPE
	HelloReasonRecordVersion        HelloReason = C.MESHGW_HELLO_REASON_RECORD_VERSION
	HelloReasonRecordLength         HelloReason = C.MESHGW_HELLO_REASON_RECORD_LENGTH
	HelloReasonEmptyRecord          HelloReason = C.MESHGW_HELLO_REASON_EMPTY_RECORD
	HelloReasonTrailingHandshake    HelloReason = C.MESHGW_HELLO_REASON_TRAILING_HANDSHAKE
	HelloReasonMessageType          HelloReason = C.MESHGW_HELLO_REASON_MESSAGE_TYPE
	HelloReasonMessageLength        HelloReason = C.MESHGW_HELLO_REASON_MESSAGE_LENGTH
	HelloReasonSessionID            HelloReason = C.MESHGW_HELLO_REASON_SESSION_ID
	HelloReasonCipherSuites         HelloReason = C.MESHGW_HELLO_REASON_CIPHER_SUITES
	HelloReasonCompression          HelloReason = C.MESHGW_HELLO_REASON_COMPRESSION
	HelloReasonExtensionsLength     HelloReason = C.MESHGW_HELLO_REASON_EXTENSIONS_LENGTH
	HelloReasonExtensionLength      HelloReason = C.MESHGW_HELLO_REASON_EXTENSION_LENGTH
	HelloReasonDuplicateExtension   HelloReason = C.MESHGW_HELLO_REASON_DUPLICATE_EXTENSION
	HelloReasonPSKNotLast           HelloReason = C.MESHGW_HELLO_REASON_PSK_NOT_LAST
	HelloReasonForbiddenExtension   HelloReason = C.MESHGW_HELLO_REASON_FORBIDDEN_EXTENSION
	HelloReasonServerNameShape      HelloReason = C.MESHGW_HELLO_REASON_SERVER_NAME_SHAPE
	HelloReasonServerNameSyntax     HelloReason = C.MESHGW_HELLO_REASON_SERVER_NAME_SYNTAX
	HelloReasonServerNameAddress    HelloReason = C.MESHGW_HELLO_REASON_SERVER_NAME_ADDRESS
	HelloReasonServerNameLength     HelloReason = C.MESHGW_HELLO_REASON_SERVER_NAME_LENGTH
	HelloReasonALPN                 HelloReason = C.MESHGW_HELLO_REASON_ALPN
	HelloReasonSupportedVersions    HelloReason = C.MESHGW_HELLO_REASON_SUPPORTED_VERSIONS
	HelloReasonSupportedGroups      HelloReason = C.MESHGW_HELLO_REASON_SUPPORTED_GROUPS
	HelloReasonKeyShare             HelloReason = C.MESHGW_HELLO_REASON_KEY_SHARE
	HelloReasonSignatureAlgorithms  HelloReason = C.MESHGW_HELLO_REASON_SIGNATURE_ALGORITHMS
	HelloReasonEncryptedClientHello HelloReason = C.MESHGW_HELLO_REASON_ENCRYPTED_CLIENT_HELLO
	HelloReasonEarlyDataWithoutPSK  HelloReason = C.MESHGW_HELLO_REASON_EARLY_DATA_WITHOUT_PSK
	HelloReasonMessageTooLarge      HelloReason = C.MESHGW_HELLO_REASON_MESSAGE_TOO_LARGE
	HelloReasonScratchTooSmall      HelloReason = C.MESHGW_HELLO_REASON_SCRATCH_TOO_SMALL
	HelloReasonRecordCount          HelloReason = C.MESHGW_HELLO_REASON_RECORD_COUNT
	HelloReasonSSLv2                HelloReason = C.MESHGW_HELLO_REASON_SSLV2
	HelloReasonPlainText            HelloReason = C.MESHGW_HELLO_REASON_PLAIN_TEXT
)

var helloReasonNames = names(C.MESHGW_HELLO_REASON_PLAIN_TEXT+1, func(value int32) string {
	return C.GoString(C.meshgw_hello_reason_name(C.int32_t(value)))
})

// String returns the stable name of the reason ("none", "record_type", ...),
// "unknown" for other values.
func (r HelloReason) String() string { return helloReasonNames(int32(r)) }
