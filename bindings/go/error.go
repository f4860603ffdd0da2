package meshgw

// #include "glue.h"
import "C"

import (
	"errors"
	"syscall"
)

// ErrClosed is the error of a call on an object after its Close, or on the zero
// value of its type.
var ErrClosed = errors.New("meshgw: the object is closed")

// Error says what went wrong. It matches the sentinel of its Code, and the
// Errno behind it, by [errors.Is]: both errors.Is(err, ErrAlreadyExists) and
// errors.Is(err, syscall.EADDRINUSE) hold for an address that is in use.
type Error struct {
	// Code is the kind of failure.
	Code Code
	// Errno is that of the system call that failed; 0: none did.
	Errno syscall.Errno
	// Message names the argument, file or address, for people.
	Message string
	// Details has one element for each mistake in configuration.
	Details []Detail
}

// Detail is a mistake in configuration, or a warning.
type Detail struct {
	File     string // Empty: not from a file.
	Line     int    // From 1; 0: the whole file.
	Column   int    // From 1, in bytes; 0: the whole line or file.
	What     string // What is wrong.
	Expected string // What was expected instead; may be empty.
}

// Error returns the message, with the package's name.
func (e *Error) Error() string {
	if e.Message == "" {
		return e.Code.Error()
	}
	return "meshgw: " + e.Message
}

// Is reports whether target is the sentinel of the error's Code.
func (e *Error) Is(target error) bool {
	code, ok := target.(Code)
	return ok && code == e.Code
}

// Unwrap returns the Errno, nil when there is none.
func (e *Error) Unwrap() error {
	if e.Errno == 0 {
		return nil
	}
	return e.Errno
}

// toError turns what a C call returned into an error, and frees err. Nil for
// MESHGW_OK.
func toError(status C.meshgw_status, err *C.meshgw_error) error {
	if status == C.MESHGW_OK {
		return nil
	}
	out := &Error{Code: Code(status)}
	if err == nil {
		return out
	}
	defer C.meshgw_error_free(err)
	out.Errno = syscall.Errno(C.meshgw_error_errno(err))
	out.Message = fromStr(C.meshgw_error_message(err))
	out.Details = details(C.meshgw_error_detail_count(err), func(i C.size_t, detail *C.meshgw_error_detail) C.meshgw_status {
		return C.meshgw_error_detail_at(err, i, detail)
	})
	return out
}

// details copies n of them.
func details(n C.size_t, at func(C.size_t, *C.meshgw_error_detail) C.meshgw_status) []Detail {
	var out []Detail
	for i := C.size_t(0); i < n; i++ {
		var detail C.meshgw_error_detail
		detail.struct_size = C.sizeof_meshgw_error_detail
		if at(i, &detail) == C.MESHGW_OK {
			out = append(out, toDetail(&detail))
		}
	}
	return out
}

func toDetail(detail *C.meshgw_error_detail) Detail {
	return Detail{
		File:     fromStr(detail.file),
		Line:     int(detail.line),
		Column:   int(detail.column),
		What:     fromStr(detail.what),
		Expected: fromStr(detail.expected),
	}
}

// invalid is the error of an argument that is refused before C is asked.
func invalid(message string) error {
	return &Error{Code: CodeInvalidArgument, Message: message}
}
