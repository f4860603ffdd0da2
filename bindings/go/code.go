package meshgw

// #include "glue.h"
import "C"

// Code says which kind of failure an error is. As an error it is a sentinel for
// [errors.Is]; errors that are returned carry more, see [*Error], [*HelloError].
type Code int32

// The codes. Those up to CodeTooManyRecords are verdicts on a hello.
const (
	CodeOK                 Code = C.MESHGW_OK
	CodeNeedMore           Code = C.MESHGW_NEED_MORE
	CodeNotTLS             Code = C.MESHGW_ERR_NOT_TLS
	CodeMalformed          Code = C.MESHGW_ERR_MALFORMED
	CodeTooLarge           Code = C.MESHGW_ERR_TOO_LARGE
	CodeSSLv2              Code = C.MESHGW_ERR_SSLV2
	CodeTooManyRecords     Code = C.MESHGW_ERR_TOO_MANY_RECORDS
	CodeInvalidArgument    Code = C.MESHGW_ERR_INVALID_ARGUMENT
	CodeNotFound           Code = C.MESHGW_ERR_NOT_FOUND
	CodeAlreadyExists      Code = C.MESHGW_ERR_ALREADY_EXISTS
	CodePermissionDenied   Code = C.MESHGW_ERR_PERMISSION_DENIED
	CodeResourceExhausted  Code = C.MESHGW_ERR_RESOURCE_EXHAUSTED
	CodeFailedPrecondition Code = C.MESHGW_ERR_FAILED_PRECONDITION
	CodeInternal           Code = C.MESHGW_ERR_INTERNAL
	CodeUnavailable        Code = C.MESHGW_ERR_UNAVAILABLE
	CodeNoMemory           Code = C.MESHGW_ERR_NO_MEMORY
)

// Sentinels to match errors with, by [errors.Is].
var (
	// ErrNeedMore is no failure: the bytes are the start of a hello. Read more
	// and ask again with all of them.
	ErrNeedMore error = CodeNeedMore
	// ErrNotTLS: the first byte begins no TLS record.
	ErrNotTLS error = CodeNotTLS
	// ErrMalformed: TLS, but a rule is broken. See [HelloError].
	ErrMalformed error = CodeMalformed
	// ErrTooLarge: the hello is longer than the limit.
	ErrTooLarge error = CodeTooLarge
	// ErrSSLv2: an SSLv2 hello, which has no server name.
	ErrSSLv2 error = CodeSSLv2
	// ErrTooManyRecords: the hello is spread over more records than the limit.
	ErrTooManyRecords error = CodeTooManyRecords
	// ErrInvalidArgument: an argument or a configuration is wrong.
	ErrInvalidArgument error = CodeInvalidArgument
	// ErrNotFound: there is no such thing.
	ErrNotFound error = CodeNotFound
	// ErrAlreadyExists: the name or address is taken.
	ErrAlreadyExists error = CodeAlreadyExists
	// ErrPermissionDenied: the system does not allow it.
	ErrPermissionDenied error = CodePermissionDenied
	// ErrResourceExhausted: a limit was hit, such as that of descriptors.
	ErrResourceExhausted error = CodeResourceExhausted
	// ErrFailedPrecondition: the object is not in a state for this.
	ErrFailedPrecondition error = CodeFailedPrecondition
	// ErrInternal: a bug of the library.
	ErrInternal error = CodeInternal
	// ErrUnavailable: the system refused; see [Error.Errno].
	ErrUnavailable error = CodeUnavailable
	// ErrNoMemory: memory could not be allocated.
	ErrNoMemory error = CodeNoMemory
)

var codeNames = names(C.MESHGW_ERR_NO_MEMORY+1, func(value int32) string {
	return C.GoString(C.meshgw_status_name(C.meshgw_status(value)))
})

// String returns the stable lower-case name of the code ("ok", "need_more",
// "not_tls", ...), "unknown" for other values.
func (c Code) String() string { return codeNames(int32(c)) }

// Error returns the name of the code in a sentence.
func (c Code) Error() string { return "meshgw: " + c.String() }

// Version returns the version of the C library that was loaded, such as
// "0.1.0".
func Version() string { return C.GoString(C.meshgw_version()) }
