package meshgw

// #include "glue.h"
import "C"

import (
	"encoding/binary"
	"unsafe"
)

// HelloDetails is all that a hello says. Numbers are those of the IANA
// registries; GREASE values (RFC 8701) are kept.
type HelloDetails struct {
	Hello
	LegacyVersion       uint16
	Records             int // Over which the hello was spread.
	Extensions          int // How many it has.
	ALPN                []string
	SupportedVersions   []uint16
	SupportedGroups     []uint16
	KeyShareGroups      []uint16
	SignatureAlgorithms []uint16
	CipherSuites        []uint16
	SessionID           []byte
	// JA4 is the fingerprint of FoxIO.
	JA4 string
}

// ECH says which kind of Encrypted ClientHello a hello has (RFC 9849).
type ECH uint8

// The kinds of Encrypted ClientHello. ECHOuter cannot be told from GREASE.
const (
	ECHNone ECH = iota
	ECHOuter
	ECHInner
)

// String returns "none", "outer" or "inner", "unknown" for other values.
func (e ECH) String() string {
	switch e {
	case ECHNone:
		return "none"
	case ECHOuter:
		return "outer"
	case ECHInner:
		return "inner"
	}
	return "unknown"
}

// ECH returns the kind of Encrypted ClientHello that the flags name.
func (f HelloFlags) ECH() ECH {
	switch {
	case f.Has(HelloECHInner):
		return ECHInner
	case f.Has(HelloECHOuter):
		return ECHOuter
	}
	return ECHNone
}

// InspectHello reads the ClientHello at the start of b in full. options may be
// nil. Errors are those of [ReadHello]; with one, only Hello of the result is
// set. b is not kept. It costs a few microseconds and allocates: for people and
// logs, not for each connection.
func InspectHello(b []byte, options *HelloOptions) (HelloDetails, error) {
	scratch, pooled := options.scratch()
	defer returnScratch(pooled)
	c := options.toC()
	data, size := toBytes(b)
	place, room := toBytes(scratch)
	d := C.go_hello_inspect(data, size, &c, place, room)
	if d.status == C.MESHGW_ERR_INVALID_ARGUMENT {
		return HelloDetails{}, &Error{Code: CodeInvalidArgument, Message: "the options of the hello: MaxRecords is at most 65535"}
	}
	hello, err := toHello(d.hello, b, scratch)
	if err != nil {
		return HelloDetails{Hello: hello}, err
	}
	from := b
	if d.in_scratch != 0 {
		from = scratch
	}
	out := toDetails(&d, from)
	out.Hello = hello
	ja4 := make([]byte, C.MESHGW_JA4_BYTES)
	text := (*C.char)(unsafe.Pointer(&ja4[0]))
	if C.meshgw_hello_ja4(data, size, &c, place, room, text) == C.MESHGW_OK {
		out.JA4 = string(ja4[:len(ja4)-1])
	}
	return out, nil
}

func toDetails(d *C.go_hello_details, from []byte) HelloDetails {
	at := func(view C.go_view) []byte { return from[view.offset:][:view.len] }
	return HelloDetails{
		LegacyVersion:       uint16(d.legacy_version),
		Records:             int(d.records),
		Extensions:          int(d.extension_count),
		ALPN:                protocolNames(at(d.alpn)),
		SupportedVersions:   values16(at(d.supported_versions)),
		SupportedGroups:     values16(at(d.supported_groups)),
		KeyShareGroups:      keyShareGroups(at(d.key_shares)),
		SignatureAlgorithms: values16(at(d.signature_algorithms)),
		CipherSuites:        values16(at(d.cipher_suites)),
		SessionID:           append([]byte(nil), at(d.session_id)...),
	}
}

// The lists below were validated by C, and are bounded here all the same.

func values16(list []byte) []uint16 {
	var out []uint16
	for ; len(list) >= 2; list = list[2:] {
		out = append(out, binary.BigEndian.Uint16(list))
	}
	return out
}

func protocolNames(list []byte) []string {
	var out []string
	for len(list) > 0 && int(list[0]) < len(list) {
		end := 1 + int(list[0])
		out = append(out, string(list[1:end]))
		list = list[end:]
	}
	return out
}

func keyShareGroups(list []byte) []uint16 {
	var out []uint16
	for len(list) >= 4 {
		out = append(out, binary.BigEndian.Uint16(list))
		end := 4 + int(binary.BigEndian.Uint16(list[2:]))
		if end > len(list) {
			break
		}
		list = list[end:]
	}
	return out
}
