package meshgw

// #include "glue.h"
import "C"

import "runtime"

// ConfigFormat is the language of a configuration file.
type ConfigFormat int32

// The languages.
const (
	FormatByExtension ConfigFormat = C.MESHGW_FORMAT_BY_EXTENSION // ".json" or ".hcl".
	FormatHCL         ConfigFormat = C.MESHGW_FORMAT_HCL
	FormatJSON        ConfigFormat = C.MESHGW_FORMAT_JSON
)

var configFormatNames = names(C.MESHGW_FORMAT_JSON+1, func(value int32) string {
	return C.GoString(C.meshgw_format_name(C.int32_t(value)))
})

// String returns "by_extension", "hcl" or "json", "unknown" for other values.
func (f ConfigFormat) String() string { return configFormatNames(int32(f)) }

// ConfigFile is a file's name, for messages and its extension, and contents.
type ConfigFile struct {
	Name     string
	Contents string
	Format   ConfigFormat
}

// Config is what the files of one Consul agent say. Immutable; call Close when
// done. Safe for concurrent use.
type Config struct {
	life life
	ptr  *C.meshgw_config
}

func takeConfig(ptr *C.meshgw_config) *Config {
	c := &Config{ptr: ptr}
	c.life.begin(func() { C.meshgw_config_free(ptr) })
	runtime.SetFinalizer(c, func(c *Config) { c.life.collected() })
	return c
}

// ParseConfig reads files in order as one agent's: agent files and stand-alone
// config entries, in HCL1 or JSON. Every mistake is found: [ErrInvalidArgument]
// then, an [*Error] with a detail for each (the first 100). Input is bounded
// (16 MiB a file, depth 64, 1 Mi values): beyond is a mistake too.
func ParseConfig(files ...ConfigFile) (*Config, error) {
	var pin pins
	defer pin.Unpin()
	list := make([]C.meshgw_config_file, len(files)+1) // Never empty: it has an address.
	for i, file := range files {
		list[i] = C.meshgw_config_file{
			struct_size: C.sizeof_meshgw_config_file,
			name:        pin.str(file.Name),
			contents:    pin.str(file.Contents),
			format:      C.int32_t(file.Format),
		}
	}
	var config *C.meshgw_config
	var cErr *C.meshgw_error
	status := C.meshgw_config_parse(&list[0], C.size_t(len(files)), &config, &cErr)
	if err := toError(status, cErr); err != nil {
		return nil, err
	}
	return takeConfig(config), nil
}

// LoadConfig reads the file at path, or the .hcl and .json files of the folder
// there in Consul's order. Errors are those of [ParseConfig], [ErrNotFound] and
// [ErrPermissionDenied].
func LoadConfig(path string) (*Config, error) {
	var config *C.meshgw_config
	var cErr *C.meshgw_error
	status := C.meshgw_config_load(toStr(path), &config, &cErr)
	if err := toError(status, cErr); err != nil {
		return nil, err
	}
	return takeConfig(config), nil
}

// Close frees the configuration; catalogs made of it stay. Idempotent.
func (c *Config) Close() error {
	if c != nil {
		c.life.end()
	}
	return nil
}

// Datacenter returns the agent's datacenter; empty: the files do not say, or
// the configuration is closed.
func (c *Config) Datacenter() string {
	if c == nil || !c.life.enter() {
		return ""
	}
	defer c.life.leave()
	return fromStr(C.meshgw_config_datacenter(c.ptr))
}

// NumServices returns how many services are defined; 0 after Close.
func (c *Config) NumServices() int {
	if c == nil || !c.life.enter() {
		return 0
	}
	defer c.life.leave()
	return int(C.meshgw_config_service_count(c.ptr))
}

// Warnings returns what is valid and has no effect here; none after Close.
func (c *Config) Warnings() []Detail {
	if c == nil || !c.life.enter() {
		return nil
	}
	defer c.life.leave()
	return details(C.meshgw_config_warning_count(c.ptr), func(i C.size_t, out *C.meshgw_error_detail) C.meshgw_status {
		return C.meshgw_config_warning_at(c.ptr, i, out)
	})
}

// FilterErrors returns filters of subsets that cannot be read: mistakes, of
// which each breaks only its own subset; none after Close.
func (c *Config) FilterErrors() []Detail {
	if c == nil || !c.life.enter() {
		return nil
	}
	defer c.life.leave()
	return details(C.meshgw_config_filter_error_count(c.ptr), func(i C.size_t, out *C.meshgw_error_detail) C.meshgw_status {
		return C.meshgw_config_filter_error_at(c.ptr, i, out)
	})
}
