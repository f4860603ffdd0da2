package meshgw

// #include "glue.h"
import "C"

// HelloOptions are limits on a hello, and names beyond RFC 6066's that are
// taken. Zero is the default of each field.
type HelloOptions struct {
	// MaxMessageBytes bounds the handshake message. 0: 65536. Values outside
	// 4096..131400 are clamped to that range.
	MaxMessageBytes uint32
	// MaxRecords bounds over how many records it may be spread. 0: 4096. More
	// than 65535 is an error.
	MaxRecords uint32
	// AllowTrailingDot takes "a.", which is reported without the dot.
	AllowTrailingDot bool
	// AllowIPAddress takes "10.0.0.1" and "::1".
	AllowIPAddress bool
	// AllowOpaque takes any bytes but NUL, 1 to 255 of them.
	AllowOpaque bool
	// AllowEmptyRecords skips empty handshake records; they count as records.
	AllowEmptyRecords bool
}

func toFlag(b bool) C.uint8_t {
	if b {
		return 1
	}
	return 0
}

func (o *HelloOptions) toC() C.meshgw_hello_options {
	c := C.meshgw_hello_options{struct_size: C.sizeof_meshgw_hello_options}
	if o == nil {
		return c
	}
	c.max_message_bytes = C.uint32_t(o.MaxMessageBytes)
	c.max_records = C.uint32_t(o.MaxRecords)
	c.allow_trailing_dot = toFlag(o.AllowTrailingDot)
	c.allow_ip_address = toFlag(o.AllowIPAddress)
	c.allow_opaque = toFlag(o.AllowOpaque)
	c.allow_empty_records = toFlag(o.AllowEmptyRecords)
	return c
}

// scratch lends a buffer that holds any hello which the options let through, and
// what to give to returnScratch.
func (o *HelloOptions) scratch() (buffer []byte, pooled *scratchBuffer) {
	if o != nil && o.MaxMessageBytes > C.MESHGW_HELLO_SCRATCH_BYTES {
		const most = 131400
		return make([]byte, min(o.MaxMessageBytes, most)), nil
	}
	pooled = scratches.Get().(*scratchBuffer)
	return pooled[:], pooled
}

func returnScratch(pooled *scratchBuffer) {
	if pooled != nil {
		scratches.Put(pooled)
	}
}

// HelloReader reads a hello as it arrives. Work over all calls is linear in the
// bytes, whatever their pieces. It may be copied, and holds nothing that must
// be released. Not for use by two goroutines at once.
type HelloReader struct {
	state   C.meshgw_hello_state
	options *HelloOptions
}

// NewHelloReader begins a hello. options may be nil; they are not kept.
// [ErrInvalidArgument]: options that cannot be.
func NewHelloReader(options *HelloOptions) (*HelloReader, error) {
	r := new(HelloReader)
	if options != nil {
		own := *options
		r.options = &own
	}
	c := options.toC()
	if status := C.meshgw_hello_state_init(&c, &r.state); status != C.MESHGW_OK {
		return nil, &Error{Code: Code(status), Message: "the options of the hello: MaxRecords is at most 65535"}
	}
	return r, nil
}

// Feed reads b, which holds all bytes since the connection's start: at each
// call the same ones and more. Results and errors are those of [ReadHello].
// Once there is a verdict, later calls repeat it.
func (r *HelloReader) Feed(b []byte) (Hello, error) {
	scratch, pooled := r.options.scratch()
	defer returnScratch(pooled)
	data, size := toBytes(b)
	place, room := toBytes(scratch)
	v := C.meshgw_hello_feed(&r.state, data, size, place, room)
	return toHello(v, b, scratch)
}
